/* The panel "What it is learning": asks the server what was observed of the run that the live panel shows, follows the
   newest epoch until somebody moves the time-lapse, and asks the net of then about one picture. */

const EVERY = 2000; // milliseconds between two looks while the run goes on
const AWAY = 5000; // nobody looks
const OVER = 10000; // the run is over; somebody may resume it
const SETTLE = 150; // a slider at rest for so long is where it is meant to be

const root = element.querySelector(".learn");
const words = props.words;
const draw = parts(root, words);
const slider = root.querySelector("input[type=range]");
const newest = root.querySelector('[data-do="newest"]');
const select = root.querySelector("select");

let run = "";
let epochs = []; // observed, in order
let weights = []; // of these epochs the net can be asked
let details = new Map(); // epoch: what was observed
let about = null; // the probes
let at = null; // the epoch that is looked at; null follows the newest
let probe = null; // the picture that the net of then is asked about
let cell = null; // {truth, label} of the confusion matrix
let layer = "";
let timer = null;
let settle = null;
let round = 0; // an answer about another run, or another epoch, is dropped
let asked = ""; // what the net of then was asked last

const last = () => epochs[epochs.length - 1];
const shown = () => (at === null ? last() : at);

function open(id) {
  if (id === run && id) {
    look(); // the same run once more: it may have been resumed
    return;
  }
  clearTimeout(timer);
  clearTimeout(settle);
  round += 1;
  run = id;
  [epochs, weights, details, about] = [[], [], new Map(), null];
  [at, probe, cell, layer, asked] = [null, null, null, "", ""];
  empty(words.empty);
  if (run) look();
}

function empty(sentence) {
  root.dataset.state = "empty";
  root.querySelector(".learn-body").hidden = true;
  draw.say("line", sentence);
}

async function look() {
  clearTimeout(timer);
  if (!element.isConnected) return;
  const mine = round;
  let wait = EVERY;
  try {
    const answer = await server.look({ run, known: about ? last() ?? -1 : -1 });
    if (mine !== round) return;
    if (answer.gone) {
      empty(words.empty);
      return;
    }
    if (answer.error) draw.say("line", answer.error);
    else {
      take(answer);
      if (answer.over) wait = OVER;
    }
  } catch {
    if (mine !== round) return;
    draw.say("line", words.reconnecting);
    root.dataset.state = "away";
  }
  const away = document.hidden || root.offsetParent === null;
  timer = setTimeout(look, away ? Math.max(wait, AWAY) : wait);
}

function take(answer) {
  const wasAway = root.dataset.state === "away";
  const before = epochs.join();
  [epochs, weights] = [answer.epochs, answer.weights];
  for (const epoch of details.keys()) if (!epochs.includes(epoch)) details.delete(epoch);
  if (answer.probes) about = answer.probes;
  if (answer.newest) details.set(answer.newest.epoch, answer.newest);
  if (!epochs.length) {
    empty(answer.over ? words.nothing : words.waiting);
    return;
  }
  if (at !== null && !epochs.includes(at)) at = epochs.findLast((epoch) => epoch <= at) ?? epochs[0]; // thinned out
  if (answer.newest || before !== epochs.join() || wasAway) show();
}

async function show() {
  const epoch = shown();
  slider.max = epochs.length - 1;
  slider.value = epochs.indexOf(epoch);
  newest.disabled = at === null;
  const detail = details.get(epoch) ?? await fetched(epoch);
  if (!detail || epoch !== shown()) return;
  root.dataset.state = "seen";
  root.querySelector(".learn-body").hidden = false;
  const when = fill(words.when, { epoch: epoch + 1, step: detail.step.toLocaleString("en") });
  draw.say("when", when);
  slider.setAttribute("aria-valuetext", when);
  draw.say("line", fill(words.line, {
    share: rateOf(detail.accuracy), pictures: detail.asked.toLocaleString("en"),
  }));
  draw.probes(about, detail, probe, choose);
  draw.confusion(detail, cell, chooseCell);
  draw.mistaken(detail);
  draw.filters(detail);
  draw.stages(detail);
  ask(detail);
}

async function fetched(epoch) {
  const mine = round;
  try {
    const answer = await server.epoch({ run, epoch });
    if (mine !== round) return null;
    if (!answer.error) details.set(epoch, answer);
    else draw.say("line", answer.error);
  } catch {
    if (mine === round) draw.say("line", words.reconnecting);
  }
  return details.get(epoch);
}

/* The net of then, about the chosen picture; asked once for each epoch, picture and layer. */
async function ask(detail) {
  const place = root.querySelector(".learn-then");
  place.hidden = probe === null;
  if (probe === null) return;
  const seen = detail.probes[probe];
  const title = fill(words.then, {
    number: probe + 1, epoch: detail.epoch + 1, label: seen.label, share: percentOf(seen.share),
  });
  draw.say("then", title);
  const isKept = weights.includes(detail.epoch);
  select.parentElement.hidden = !isKept;
  if (!isKept) {
    asked = "";
    draw.then(null, "");
    draw.say("note", weights.length
      ? fill(words.no_weights, { epochs: weights.map((epoch) => epoch + 1).join(", ") }) : words.none_weights);
    return;
  }
  const question = [run, detail.epoch, probe, layer].join();
  if (question === asked) return;
  asked = question;
  draw.say("note", words.thinking);
  let answer;
  try {
    answer = await server.then({ run, epoch: detail.epoch, probe, layer });
  } catch {
    answer = { error: words.reconnecting };
  }
  if (question !== asked) return;
  draw.say("note", answer.error ?? "");
  if (answer.error) asked = "";
  draw.then(answer.error ? null : answer, title);
}

function choose(number) {
  probe = probe === number ? null : number;
  asked = "";
  show();
}

function chooseCell(row, column) {
  const detail = details.get(shown());
  const [truth, label] = [detail.classes[row], detail.classes[column]];
  cell = cell && cell.truth === truth && cell.label === label ? null : { truth, label };
  show();
}

slider.addEventListener("input", () => {
  const index = Number(slider.value);
  at = index === epochs.length - 1 ? null : epochs[index];
  draw.say("when", fill(words.when, { epoch: shown() + 1, step: "…" }));
  clearTimeout(settle);
  settle = setTimeout(show, SETTLE);
});
newest.addEventListener("click", () => {
  at = null;
  show();
  slider.focus(); // the button is of no use now
});
select.addEventListener("change", () => {
  layer = select.value;
  show();
});
document.addEventListener("lab:run", (event) => open(event.detail.run));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && timer) look();
});

/* The live panel may have opened its run before this script was there. */
function remembered() {
  const linked = new URL(window.location).searchParams.get("run");
  if (linked) return linked;
  try {
    return JSON.parse(localStorage.getItem("lab.run")) ?? "";
  } catch {
    return "";
  }
}
empty(words.empty);
open(remembered());
