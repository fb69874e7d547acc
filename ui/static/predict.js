/* The Predict tab: which picture, which checkpoint, what is done to the picture; asks the server, and drops an answer that
   comes after the next question. Gradio runs this with `element`, `props`, `server` and `upload`. */

const root = element.querySelector(".predict");
const words = props.words;
const find = (selector) => root.querySelector(selector);
const page = answerView(root, words);
const deeper = deeperView(root, words);
const heat = heatView(root, words);
const block = blockView(root, words, { about: (more) => about(more), before: () => said });
const cover = coverTool(find(".predict-stack canvas"), (place, isOver) => change({ cover: place }, isOver));

const weights = weightPicker(root, words, adopt);
const download = downloadView(root, words, adopt);
const beside = besideView(root, words, compare);
takeView(root, words, {
  code: () => askServer("code", about({ name: wanted.pictures[chosen]?.name })),
  csv: () => page.csv(told.replies),
  caption: () => page.about(reply()),
});

let addressed = readAddress(); // until it was followed
let known = []; // the checkpoints of the list
// What is to be answered: uploads {path, name}; if there are none a run's validation picture; if that is none a drawing.
let wanted = { pictures: [], unseen: unseenOf(addressed), drawing: drawingOf(addressed, props.drawing), checkpoint: addressed.ask };
let shown = wanted; // what is on the page is about this
let asked = null; // the question that was answered
let told = null; // its answer, with a reply for each picture
let chosen = 0; // which of them is looked at
let layer = addressed.layer; // the one that was chosen; none: the checkpoint's own
let first = ""; // the checkpoint that is asked where nobody chose one
let changes = {};
let said = []; // the likeliest class and its probability, of the picture as it is changed

/* What an address asks for beyond picture and checkpoint; that it is to be seen, too. */
function followAddress() {
  const { layer: map, method, label, against, heat_layer: at } = addressed;
  addressed = null;
  heat.choose({ method, label, against, layer: at });
  if (map || method || label || against || at) find(".predict-deeper").open = true;
}

/* The address says what is on show. */
function remember() {
  if (root.offsetParent === null) return; // it is another tab's
  const key = told.checkpoint.key === first && !runOfAddress() ? "" : told.checkpoint.key; // a run there is asked first
  writeAddress({ ...wanted, key, usual: props.drawing, fit: fit(), layer, heat: heat.question() });
}

const fit = () => find('input[name="predict-fit"]:checked').value;
const question = () => ({
  ...wanted, pictures: wanted.pictures.map(({ path }) => path), fit: fit(), run: runOfAddress(),
});
/* A question about the picture that is looked at, as it is now. */
const about = (more) => ({ ...asked, picture: chosen, changes, ...more });
const forget = (questions) => questions.forEach((each) => each.drop());

const [answers, changed, maps, heats, closer, besides] = ["answers", "changed", "maps", "heat", "heat", "beside"].map(latest);
const looks = [besides, maps, heats, closer, block];

function note(text) {
  const place = find('[data-say="note"]');
  place.textContent = text;
  place.hidden = !text;
}

/* Everything anew: another picture, checkpoint or way to make pictures square. */
async function answer() {
  const before = shown;
  const mine = question();
  root.setAttribute("aria-busy", "true");
  const given = await answers.run(mine);
  if (!given) return;
  root.removeAttribute("aria-busy");
  note(given.error ?? "");
  if (given.error && !told) {
    if (!wanted.checkpoint || given.error === words.offline) return;
    wanted = { ...wanted, checkpoint: "", unseen: null }; // an old link: what it names is no longer there
    await answer();
    note(words.link_gone);
    return;
  }
  if (given.error) { // what is on the page stays, and goes on being asked about
    wanted = shown;
    page.checkpoint(told.checkpoint);
    find(`input[name="predict-fit"][value="${asked.fit}"]`).checked = true;
    return;
  }
  told = given;
  wanted.pictures.forEach(({ name }, number) => { told.replies[number].name = name; }); // uploads lie under simpler names
  asked = { ...mine, checkpoint: told.checkpoint.key };
  wanted = shown = { ...wanted, checkpoint: told.checkpoint.key };
  const isSame = ["pictures", "unseen", "drawing"].every((what) => shown[what] === before[what]);
  if (!isSame || !told.replies[chosen]) chosen = Math.max(0, told.replies.findIndex((reply) => !reply.refused));
  show();
}

const reply = () => told.replies[chosen];

/* The picture that is looked at, as it was given. */
function show() {
  forget([changed, ...looks]);
  changes = {};
  said = reply().refused ? [] : reply().shares[0];
  cover.clear();
  deeper.reset();
  root.dataset.state = "told";
  page.checkpoint(told.checkpoint);
  page.table(told.replies, chosen);
  page.card(reply(), told.checkpoint);
  beside.main(told.checkpoint.key, reply(), true);
  compare();
  deeper.given(reply(), told.checkpoint, fit());
  deeper.layers(told.checkpoint, layer);
  heat.offer(told.checkpoint);
  if (addressed) followAddress();
  remember();
  heat.hide();
  block.offer(told.checkpoint);
  look();
}

/* What is folded is not asked for. */
async function look() {
  if (reply().refused) return;
  const laid = await heats.run(about({ method: "grad_cam", label: said[0] }));
  if (laid) heat.lay(laid);
  if (!laid || !find(".predict-deeper").open) return;
  if (heat.isUsual()) heat.close(laid, find(".predict-got img").src);
  else lookCloser();
  drawMaps();
  block.look();
}

/* What the others say of the picture as it is now. */
async function compare() {
  const others = beside.others();
  if (!others.length || !told || reply().refused) return;
  const answer = await besides.run(about({ others }));
  if (answer?.error) note(answer.error);
  else if (answer) beside.told(answer.rows);
}

async function drawMaps() {
  const sheet = await maps.run(about({ layer: deeper.layer() }));
  if (sheet) deeper.maps(sheet);
}

async function lookCloser() {
  const question = heat.question();
  heat.waits();
  const answer = await closer.run(about({ ...question, label: question.label || said[0] }));
  if (answer) heat.close(answer, find(".predict-got img").src);
}

/* Something was done to the picture: the answer follows, and the maps once it is done. */
async function change(more, isOver = true) {
  if (!told || reply().refused || root.hasAttribute("aria-busy")) return; // another picture is on its way
  forget(looks); // they are of the picture as it was
  changes = { ...changes, ...more };
  page.covering(changes.cover);
  heat.hide(); // it was of another picture
  compare();
  const answer = await changed.run(about({}));
  if (!answer) return;
  note(answer.error ?? "");
  if (!answer.error) {
    said = answer.shares[0];
    page.says(answer, reply(), isOver);
    beside.main(told.checkpoint.key, answer, false);
    deeper.got(answer.square);
  }
  if (isOver) look();
}

/* Another checkpoint, one that has just come. */
async function adopt(key) {
  await list();
  wanted = { ...wanted, checkpoint: key }; // no earlier: an answer that came meanwhile would undo it
  select.value = key;
  answer();
}

async function draw(animal) {
  const next = await server.another({ animal, after: wanted.pictures.length || wanted.unseen ? -1 : wanted.drawing }).catch(() => null);
  if (!next || next.error) {
    note(next?.error ?? words.offline);
    return;
  }
  wanted = { ...wanted, pictures: [], unseen: null, drawing: next.drawing };
  answer();
}

/* The next picture that the run was validated on. */
function validate() {
  const run = told.checkpoint.key.replace("run:", "");
  const number = wanted.unseen?.run === run ? wanted.unseen.number + 1 : 0;
  wanted = { ...wanted, pictures: [], unseen: { run, number } };
  answer();
}

/* A run that nobody named goes by its time. */
function dated(one) {
  if (!one.made) return one;
  const when = new Date(1000 * one.made).toLocaleString([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  return { ...one, title: `${one.title} · ${when}` };
}

/* What can be asked: also a run that has begun since. */
async function list() {
  const answer = await server.checkpoints({ run: runOfAddress() }).catch(() => null);
  if (!answer || answer.error) return;
  known = [...weights.mine(), ...answer.checkpoints.map(dated)];
  page.list(known, wanted.checkpoint);
  beside.offer(known.filter((one) => !one.download), wanted.checkpoint);
}

dropZone(root, words, props.most, {
  begin: () => root.setAttribute("aria-busy", "true"),
  say: note,
  end: async (sent) => {
    root.removeAttribute("aria-busy");
    if (!sent) return;
    wanted = { ...wanted, pictures: sent, unseen: null };
    await answer();
  },
  weigh: (file) => weights.take(file),
});
root.addEventListener("click", (event) => {
  const what = event.target.closest("[data-do]")?.dataset.do;
  if (what === "cat" || what === "dog") draw(what);
  else if (what === "unseen") validate();
  else if (what === "cover") cover.begin();
  else if (what === "uncover") {
    cover.clear();
    change({ cover: null });
    find('[data-do="cover"]').focus();
  }
  else if (what === "save") page.picture(reply(), find(".predict-stack"));
  const row = event.target.closest("tr[data-place]");
  if (row && !root.hasAttribute("aria-busy")) {
    chosen = Number(row.dataset.place);
    show();
    find('.predict-several [aria-pressed="true"]')?.focus();
  }
});
for (const radio of root.querySelectorAll('input[name="predict-fit"]')) radio.addEventListener("change", answer);
const select = find('[data-field="checkpoint"]');
select.addEventListener("focus", list);
select.addEventListener("change", () => {
  const picked = known.find(({ key }) => key === select.value);
  download.offer(picked.download ? picked : null);
  if (picked.download) return;
  wanted = { ...wanted, checkpoint: select.value };
  answer();
});
find('[data-field="layer"]').addEventListener("input", () => { layer = deeper.layer(); remember(); drawMaps(); });
find(".predict-deeper").addEventListener("toggle", () => told && look());
for (const field of Object.values(heat.asks)) field.addEventListener("change", () => { remember(); lookCloser(); });
for (const input of root.querySelectorAll("[data-change]")) {
  input.addEventListener("input", () => {
    change({ [input.dataset.change]: input.type === "checkbox" ? input.checked : Number(input.value) });
  });
}

/* The tab comes on show: the first picture is answered; a run that the address names since is asked at once. */
let [adopted, isShown] = ["", false];
if (addressed.fit === "squash") find('input[name="predict-fit"][value="squash"]').checked = true;
new ResizeObserver(async () => {
  const wasShown = isShown;
  isShown = root.offsetParent !== null;
  const run = runOfAddress();
  if (!isShown || (run === adopted && (told || wasShown))) return;
  adopted = run;
  await list();
  const linked = addressed && known.find(({ key }) => key === addressed.ask);
  if (linked?.download) download.offer(linked);
  first = known.find(({ key }) => !key.startsWith("upload:"))?.key ?? "";
  if (addressed?.ask) wanted = { ...wanted, checkpoint: addressed.ask };
  else if (known.some(({ key }) => key === `run:${run}`)) wanted = { ...wanted, checkpoint: `run:${run}` };
  else if (told) return;
  answer();
}).observe(root);
