/* The table of runs: which are compared, and in which settings those differ. Names of nets and files go in through
   textContent; rows are changed in place, so that whoever is on a check box stays there. */

const FIXED = 4; // columns before those of the settings
const FIRST = 8; // rows, until all are wanted

/* `toggle(id)` compares a run or no longer, `watch(id)` opens it in the live panel, `whole(ids)` compares a set, `stop(ids)`
   ends one's runs, and says whether it was heard; `titles` are what the ready-made experiments are called. */
function runsTable(root, words, { toggle, watch, whole: check, stop, titles }) {
  const head = root.querySelector(".over-runs thead tr");
  const body = root.querySelector(".over-runs tbody");
  const more = root.querySelector(".over-more");
  const folded = root.querySelector(".over-same");
  const rows = new Map(); // of the table, by the runs' ids
  const kept = new Set(); // the ids of rows that were seen: none goes away under whoever unchecks it
  let all = false;

  function made(tag, className, text = "") {
    return Object.assign(document.createElement(tag), { className, textContent: text });
  }

  function button(className, text, act) {
    const one = made("button", className, text);
    one.type = "button";
    one.addEventListener("click", act);
    return one;
  }

  function rowOf(run) {
    const row = document.createElement("tr");
    row.dataset.run = run.id;
    const box = Object.assign(document.createElement("input"), { type: "checkbox" });
    box.addEventListener("change", () => toggle(run.id));
    const name = document.createElement("th");
    name.scope = "row";
    const about = made("span", "over-about");
    about.append(button("over-watch", "", () => watch(run.id)), made("small", ""));
    const line = made("div", "over-run");
    line.append(box, made("span", "over-slot"), about);
    name.append(line);
    row.append(name);
    for (let column = 1; column < FIXED; column++) row.insertCell();
    return row;
  }

  const write = (place, text) => { if (place.textContent !== text) place.textContent = text; };

  function put(row, run, { slot, full, set, mine }) {
    const box = row.querySelector("input");
    box.checked = slot >= 0;
    box.disabled = full && slot < 0;
    const facts = [run.given && run.net, moment(run.started), run.apart].filter(Boolean).join(", ");
    box.setAttribute("aria-label", fill(words.check, { run: run.given || run.net, facts }));
    const mark = row.querySelector(".over-slot");
    if (mark.dataset.slot !== String(slot)) mark.replaceChildren(...(slot >= 0 ? [swatch(slot)] : []));
    mark.dataset.slot = slot;
    write(row.querySelector(".over-watch"), run.given || run.net);
    write(row.querySelector("small"), [facts, tokens()[run.id] && words.yours].filter(Boolean).join(", "));
    belongs(row, set);
    ends(row, mine);
    const steps = run.steps ? fill(words.step_of, { step: whole(run.step), steps: whole(run.steps) }) : "–";
    const texts = [words[`state_${run.state}`] ?? run.state, steps, percent(run.val_accuracy), ...run.settings];
    while (row.cells.length > texts.length + 1) row.deleteCell(-1);
    while (row.cells.length < texts.length + 1) row.insertCell();
    texts.forEach((text, index) => {
      const cell = row.cells[index + 1];
      write(cell, text);
      cell.dataset.column = head.cells[index + 1].textContent; // where there is no room for columns
    });
  }

  /* The first run of a set has a button that compares all of it, where some of it is not compared. */
  function belongs(row, experiment) {
    const old = row.querySelector(".over-whole");
    const title = experiment && titles.get(experiment.name);
    if (!title) old?.remove();
    else if (!old) {
      const text = fill(words.whole_set, { title });
      row.querySelector(".over-about").append(button("over-whole", text, () => check(experiment.runs)));
    }
  }

  /* And one that stops those of its runs that are not over, for whoever owns them: `mine` is their experiment. */
  function ends(row, mine) {
    const old = row.querySelector(".over-stop");
    const title = mine && titles.get(mine.name);
    if (!title) old?.remove();
    else if (!old) {
      const one = button("over-stop", words.stop_set, async () => {
        one.disabled = true;
        one.disabled = await stop(mine.runs);
      });
      one.setAttribute("aria-label", fill(words.stop_set_label, { title }));
      row.querySelector(".over-about").append(one);
    }
  }

  /* The first rows and those of compared runs, or all. */
  function fold(ids, slots) {
    ids.forEach((id, index) => { if (all || index < FIRST || slots.includes(id)) kept.add(id); });
    for (const [id, row] of rows) row.hidden = !kept.has(id);
    more.hidden = ids.every((id) => kept.has(id));
    write(more, fill(words.all, { count: whole(ids.length) }));
  }

  /* The settings in which the compared runs agree, folded. */
  function alike(same) {
    const texts = same.flatMap(({ name, value }) => [["dt", name], ["dd", value]]);
    const list = folded.querySelector("dl");
    folded.hidden = !same.length;
    write(folded.querySelector("summary"), fill(words.same, { same: same.length }));
    if (texts.length === list.children.length && texts.every(([, text], index) => list.children[index].textContent === text)) return;
    list.replaceChildren(...texts.map(([tag, text]) => made(tag, "", text)));
  }

  return {
    /* What the server says, and the compared runs' `slots`: an id for each colour, or null. */
    show({ rows: runs, columns, same, most }, slots) {
      const sets = new Set();
      const full = slots.filter(Boolean).length >= most;
      while (head.cells.length > FIXED) head.lastElementChild.remove();
      for (const { name } of columns) head.append(Object.assign(document.createElement("th"), { scope: "col", textContent: name }));
      const ids = runs.map(({ id }) => id);
      const own = tokens();
      const going = runs.filter(({ id, state }) => own[id] && !OVER.includes(state)).map(({ id }) => id);
      for (const [id, row] of rows) {
        if (ids.includes(id)) continue;
        row.remove();
        rows.delete(id);
      }
      runs.forEach((run, index) => {
        if (!rows.has(run.id)) rows.set(run.id, rowOf(run));
        const row = rows.get(run.id);
        const set = run.experiment;
        const offered = set && !sets.has(set.id) && !set.runs.every((id) => slots.includes(id));
        const mine = set && !sets.has(set.id) ? { ...set, runs: set.runs.filter((id) => own[id]) } : null;
        const goesOn = mine?.runs.some((id) => going.includes(id));
        if (set) sets.add(set.id);
        put(row, run, { slot: slots.indexOf(run.id), full, set: offered ? set : null, mine: goesOn ? mine : null });
        if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null);
      });
      more.onclick = () => {
        all = true;
        fold(ids, slots);
      };
      fold(ids, slots);
      alike(slots.filter(Boolean).length > 1 ? same : []);
    },
  };
}
