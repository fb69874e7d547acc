/* Other checkpoints on the same picture: which are chosen, and a table of what they say beside the one that is asked. */
function besideView(root, words, ask) {
  const MOST = 3;
  const fold = root.querySelector(".predict-beside");
  const find = (selector) => fold.querySelector(selector);
  let known = []; // {key, title} of all checkpoints
  let own = ""; // the key of the one that is asked
  let says = new Map(); // by key
  const chosen = new Set();

  const rest = () => known.filter(({ key }) => key !== own);
  const compared = () => rest().filter(({ key }) => chosen.has(key));
  const titleOf = (key) => known.find((one) => one.key === key)?.title ?? "";

  function offer(all, key) {
    known = all;
    own = key;
    draw();
  }

  /* What the checkpoint that is asked says; of a new picture nobody else has said anything yet. */
  function main(key, reply, isNew) {
    fold.hidden = Boolean(reply.refused);
    own = key;
    chosen.delete(key); // it stands in the table anyway
    if (isNew) says = new Map();
    says.set(key, reply);
    draw();
  }

  function told(rows) {
    for (const row of rows) says.set(row.key, row);
    draw();
  }

  function draw() {
    boxes();
    const rows = compared();
    find("table").hidden = !rows.length;
    find("tbody").replaceChildren(...[{ key: own, title: titleOf(own) }, ...rows].map(line));
    const hint = !rest().length ? words.others_none : rows.length < MOST ? fill(words.others_info, { most: MOST }) : words.others_full;
    find('[data-say="others"]').textContent = hint;
  }

  function boxes() {
    const others = rest();
    find(".predict-others").hidden = !others.length;
    const isFull = compared().length >= MOST;
    children(find(".predict-others div"), "label", others.length).forEach((label, number) => {
      if (!label.firstChild) {
        label.append(make("input"), make("span"));
        label.firstChild.type = "checkbox";
      }
      const { key, title } = others[number];
      const [box, name] = label.children;
      box.value = key;
      box.checked = chosen.has(key);
      box.disabled = isFull && !box.checked;
      name.textContent = title;
    });
  }

  function line({ key, title }) {
    const row = make("tr", "", key === own ? "predict-asked" : "");
    const head = make("th", title);
    head.scope = "row";
    const said = says.get(key);
    const time = said?.milliseconds === undefined ? "" : milliseconds(said.milliseconds);
    row.append(head, said ? answerCell(said, words) : make("td", "…"), make("td", time));
    return row;
  }

  find(".predict-others").addEventListener("change", ({ target }) => {
    if (target.checked) chosen.add(target.value);
    else chosen.delete(target.value);
    draw();
    ask();
  });
  fold.addEventListener("toggle", ask);

  /* Whom to ask; what is folded is not asked for. */
  return { offer, main, told, others: () => (fold.open ? compared().map(({ key }) => key) : []) };
}
