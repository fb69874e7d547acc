/* The Predict tab: which picture, which checkpoint, what is done to the picture; asks the server, and drops an answer that
   comes after the next question. Gradio runs this with `element`, `props`, `server` and `upload`. */

const root = element.querySelector(".predict");
const words = props.words;
const find = (selector) => root.querySelector(selector);
const page = answerView(root, words);
const deeper = deeperView(root, words);
const heat = heatView(root, words);
const block = blockView(root, words);
const cover = coverTool(find(".predict-stack canvas"), (place, isOver) => change({ cover: place }, isOver));

let pictures = []; // {path, name} of what was uploaded; none: the drawing
let drawing = props.drawing;
let checkpoint = ""; // its key
let told = null; // the newest answer, with its replies
let chosen = 0; // which of them is looked at
let layer = ""; // the one that was chosen; none: the checkpoint's own
let changes = {};
let said = []; // the likeliest class and its probability, of the picture as it is changed

const runOfAddress = () => new URL(window.location).searchParams.get("run") ?? "";
const fit = () => find('input[name="predict-fit"]:checked').value;
const question = (more = {}) => ({
  pictures: pictures.map(({ path }) => path), drawing, checkpoint, fit: fit(), run: runOfAddress(), ...more,
});

/* Calls a function of the server, one call at a time: what is asked meanwhile waits, and only the newest of it is asked.
   Returns null for an answer that nobody waits for any longer. */
function latest(name) {
  let busy = false;
  let next = null;
  let round = 0;
  async function run(asked) {
    const mine = ++round;
    if (busy) {
      next?.(null);
      if (!(await new Promise((resolve) => { next = resolve; }))) return null;
    }
    busy = true;
    let answer;
    try {
      answer = await server[name](asked);
    } catch {
      answer = { error: words.offline };
    }
    busy = false;
    const waiting = next;
    next = null;
    waiting?.(true);
    return mine === round ? answer : null;
  }
  return { run, drop: () => { round += 1; } };
}

const answers = latest("answers");
const changed = latest("changed");
const maps = latest("maps");
const heats = latest("heat");
const closer = latest("heat");
const paths = latest("paths");
const switched = latest("switched");
const accuracy = latest("accuracy");
const looks = [maps, heats, closer, paths, switched, accuracy];

function note(text) {
  const place = find('[data-say="note"]');
  place.textContent = text;
  place.hidden = !text;
}

/* Everything anew: another picture, checkpoint or way to make pictures square. */
async function answer() {
  for (const each of [changed, ...looks]) each.drop();
  root.setAttribute("aria-busy", "true");
  const answer = await answers.run(question());
  if (!answer) return;
  root.removeAttribute("aria-busy");
  note(answer.error ?? "");
  if (answer.error) return;
  told = answer;
  pictures.forEach(({ name }, number) => { told.replies[number].name = name; }); // uploads lie under simpler names
  checkpoint = told.checkpoint.key;
  chosen = Math.max(0, told.replies.findIndex((reply) => !reply.refused));
  show();
}

const reply = () => told.replies[chosen];

/* The picture that is looked at, as it was given. */
function show() {
  changes = {};
  said = reply().refused ? [] : reply().shares[0];
  cover.clear();
  deeper.reset();
  root.dataset.state = "told";
  page.checkpoint(told.checkpoint);
  page.table(told.replies, chosen);
  page.card(reply(), told.checkpoint);
  deeper.given(reply(), told.checkpoint, fit());
  deeper.layers(told.checkpoint, layer);
  heat.offer(told.checkpoint);
  heat.hide();
  block.offer(told.checkpoint);
  look();
}

/* What is folded is not asked for. */
async function look() {
  if (reply().refused) return;
  const laid = await heats.run(about({ method: "grad_cam" }));
  if (laid) heat.lay(laid);
  if (!laid || !find(".predict-deeper").open) return;
  lookCloser();
  drawMaps();
  lookInside();
}

const about = (more) => question({ picture: chosen, changes, ...more });

async function drawMaps() {
  const sheet = await maps.run(about({ layer: deeper.layer() }));
  if (sheet) deeper.maps(sheet);
}

async function lookCloser() {
  const asked = heat.question();
  const answer = await closer.run(about(asked));
  if (answer) heat.close(answer, find(".predict-got img").src);
}

async function lookInside() {
  if (!told.checkpoint.blocks.length) return;
  const [seen] = await Promise.all([paths.run(about({ block: block.block() })), throwSwitch()]);
  if (seen) block.paths(seen);
}

/* The answer without one path of the block. */
async function throwSwitch() {
  block.forget();
  if (!block.isSwitched()) {
    block.switched({}, []);
    return;
  }
  const answer = await switched.run(about(block.switches()));
  if (answer) block.switched(answer, said);
}

async function measure() {
  block.measuring();
  const answer = await accuracy.run(about(block.switches()));
  if (answer) block.accuracy(answer);
}

/* Something was done to the picture: the answer follows, and the maps once it is done. */
async function change(more, isOver = true) {
  if (!told || reply().refused) return;
  changes = { ...changes, ...more };
  page.covering(changes.cover);
  heat.hide(); // it was of another picture
  const answer = await changed.run(question({ picture: chosen, changes }));
  if (!answer) return;
  if (answer.error) note(answer.error);
  else {
    said = answer.shares[0];
    page.says(answer, reply());
    deeper.got(answer.square);
  }
  if (isOver) look();
}

async function take(files) {
  if (!files.length) return;
  const sent = [];
  root.setAttribute("aria-busy", "true");
  for (const [number, file] of [...files].entries()) {
    note(fill(words.sending, { number: number + 1, count: files.length }));
    try {
      sent.push({ path: (await upload(file)).path, name: file.name });
    } catch {
      root.removeAttribute("aria-busy");
      note(words.not_sent);
      return;
    }
  }
  note("");
  pictures = sent;
  answer();
}

async function draw(animal) {
  const next = await server.another({ animal, after: pictures.length ? -1 : drawing }).catch(() => null);
  if (!next || next.error) {
    note(next?.error ?? words.offline);
    return;
  }
  pictures = [];
  drawing = next.drawing;
  answer();
}

/* What can be asked: also a run that has begun since. */
async function list() {
  const answer = await server.checkpoints({ run: runOfAddress() }).catch(() => null);
  if (answer && !answer.error) page.list(answer.checkpoints, checkpoint);
  return answer?.checkpoints ?? [];
}

for (const input of root.querySelectorAll('input[type="file"]')) {
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
}
const zone = find(".predict-drop");
for (const kind of ["dragenter", "dragover"]) {
  root.addEventListener(kind, (event) => {
    event.preventDefault();
    zone.dataset.over = "";
  });
}
for (const kind of ["dragleave", "drop"]) root.addEventListener(kind, () => delete zone.dataset.over);
root.addEventListener("drop", (event) => {
  event.preventDefault();
  take([...event.dataTransfer.files]);
});
document.addEventListener("paste", (event) => {
  if (element.isConnected && root.offsetParent !== null && event.clipboardData.files.length) take([...event.clipboardData.files]);
});
root.addEventListener("click", (event) => {
  const what = event.target.closest("[data-do]")?.dataset.do;
  if (what === "cat" || what === "dog") draw(what);
  else if (what === "cover") cover.begin();
  else if (what === "uncover") { cover.clear(); change({ cover: null }); }
  else if (what === "save") page.picture(reply(), find(".predict-stack"));
  else if (what === "csv") page.csv(told.replies);
  else if (what === "accuracy") measure();
  const row = event.target.closest("tr[data-place]");
  if (row) { chosen = Number(row.dataset.place); show(); }
});
for (const radio of root.querySelectorAll('input[name="predict-fit"]')) radio.addEventListener("change", answer);
const select = find('[data-field="checkpoint"]');
select.addEventListener("focus", list);
select.addEventListener("change", () => { checkpoint = select.value; answer(); });
find('[data-field="layer"]').addEventListener("input", () => { layer = deeper.layer(); drawMaps(); });
find(".predict-deeper").addEventListener("toggle", () => told && look());
for (const field of Object.values(heat.asks)) field.addEventListener("change", lookCloser);
find('[data-field="block"]').addEventListener("change", () => { block.reset(); lookInside(); });
for (const radio of root.querySelectorAll('input[name="predict-switch"]')) radio.addEventListener("change", throwSwitch);
for (const input of root.querySelectorAll("[data-change]")) {
  input.addEventListener("input", () => {
    const value = { turns: Number(input.value), blur: Number(input.value), grey: input.checked }[input.dataset.change];
    change({ [input.dataset.change]: value });
  });
}

/* The tab comes on show: the first picture is answered; a run that the address names since is asked at once. */
let adopted = "";
new ResizeObserver(async () => {
  if (root.offsetParent === null) return;
  const run = runOfAddress();
  if (told && run === adopted) return;
  adopted = run;
  const known = await list();
  const wanted = `run:${run}`;
  if (known.some(({ key }) => key === wanted)) checkpoint = wanted;
  else if (told) return;
  answer();
}).observe(root);
