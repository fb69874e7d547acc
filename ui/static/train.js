/* The live panel: asks the server for what is new of one run, and steers it. Gradio runs this with `element`, `props`,
   `server` and `watch`; the run and its token come in as the component's value when Start training was pressed. */

const EAGER = 100; // milliseconds between two polls while a run that was started here has not taken a step
const EAGER_FOR = 5000;
const QUICK = 250; // 4 Hz while somebody looks
const CALM = 1000; // paused
const LATER = 10000; // over, but its owner may resume it, here or elsewhere
const AWAY = 2000; // nobody looks: another browser tab, or another tab of the page

const root = element.querySelector(".live");
const words = props.words;
const display = view(root, words, store);
const runs = runsList(root, words, open);
const buttons = steering(root, words, steer, startOver);
const ask = root.querySelector('[data-do="ask"]');

let run = ""; // the run that is watched; none: the recording, if it has come
let state = "empty";
let asked = null; // what a button asked for and the run has not done yet
let timer = null;
let round = 0; // a poll that answers after another run was opened is dropped
let eagerUntil = 0;
let recording = null; // the promise of it

function address(id) {
  const url = new URL(window.location);
  if (id) url.searchParams.set("run", id);
  else url.searchParams.delete("run");
  window.history.replaceState(null, "", url);
}

/* The Predict tab with this run: opened anew, because Gradio tells its server the address only when a page is loaded. */
function predictAddress() {
  const url = new URL(window.location);
  url.searchParams.set("tab", "predict");
  url.searchParams.set("run", run);
  return url;
}

function open(id) {
  clearTimeout(timer);
  round += 1;
  run = id;
  asked = null;
  display.clear();
  tell();
  show(id ? "queued" : "empty");
  if (!id) {
    showRecording();
    return;
  }
  store.write("lab.run", id);
  address(id);
  poll();
}

/* The recording of a run, while no run is open and somebody looks. */
async function showRecording() {
  if (run || root.offsetParent === null) return;
  try {
    recording ??= server.recording({});
    const answer = await recording;
    if (run || answer.error) return;
    display.clear();
    display.take(answer);
    show(state);
  } catch {
    recording = null; // asked for again when the tab is next shown
  }
}

function show(now, extra = {}) {
  const mine = Boolean(tokens()[run]);
  if (now !== state) asked = null;
  state = now;
  display.show(now, { mine, pausing: asked === "pause", ...extra });
  const step = run ? display.step() : 0;
  buttons(now, { mine, asked: Boolean(asked), step, peak: display.peak() });
  ask.hidden = !display.hasWeights();
  ask.href = predictAddress();
  runs.mark(run);
}

/* Other panels of the page follow the run that is watched here. */
const tell = () => document.dispatchEvent(new CustomEvent("lab:run", { detail: { run } }));

/* Whether something may still come of the run. */
const goesOn = () => !OVER.includes(state) || resumable(state, display.step());

async function poll() {
  clearTimeout(timer);
  if (!element.isConnected) return;
  const mine = ++round;
  let wait = QUICK;
  try {
    const answer = await (await fetch(beside(props.address, { run, ...display.cursor() }))).json();
    if (mine !== round) return;
    if (answer?.gone) {
      gone();
      return;
    }
    if (answer?.error) {
      show(state, { note: answer.error });
      wait = CALM;
    } else {
      const before = { state, step: display.step() };
      display.take(answer);
      if (asked === "step" && display.step() !== before.step) asked = null;
      show(answer.state, answer);
      runs.mark(run, { state, step: display.step() });
      if (before.state !== state) document.dispatchEvent(new CustomEvent("lab:list"));
      if (answer.more) wait = 0;
      else if (!display.step() && Date.now() < eagerUntil) wait = EAGER;
      else if (!goesOn() && !asked) return;
      else if (OVER.includes(state) && !asked) wait = before.state === state ? LATER : CALM; // why may come next
      else if (state === "paused" && !asked) wait = CALM;
    }
  } catch {
    if (mine !== round) return;
    show(state, { note: words.reconnecting });
    wait = CALM;
  }
  const away = document.hidden || root.offsetParent === null;
  timer = setTimeout(poll, away ? Math.max(wait, AWAY) : wait);
}

/* The run is not there. One this browser remembered is forgotten without a word; one a link names is missed. */
function gone() {
  const missed = run === linked && !tokens()[run];
  store.write("lab.run", "");
  address("");
  open("");
  if (missed) show("unknown");
}

/* Ask the run for {want, step, lr}. */
async function steer(wish) {
  asked = "lr" in wish ? null : wish.want; // a learning rate shows in the chart
  show(state);
  let note = "";
  try {
    const answer = await server.steer({ run, token: tokens()[run], ...wish });
    if (answer.error) note = answer.error;
  } catch {
    note = words.reconnecting;
  }
  if (note) {
    asked = null;
    show(state, { note });
  } else if (wish.want === "resume" || !OVER.includes(state)) poll();
}

/* The same settings and seed once more, as a run of its own. */
async function startOver() {
  asked = "over";
  show(state);
  let note = words.reconnecting;
  try {
    const answer = await server.start_over({ run, token: tokens()[run] });
    if (answer.run) {
      remember(answer.run, answer.token);
      open(answer.run);
      return;
    }
    note = answer.error;
  } catch { /* no connection */ }
  asked = null;
  show(state, { note });
}

/* On a phone the panel lies below the form. */
function reveal() {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (root.getBoundingClientRect().top > window.innerHeight / 2) {
    root.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
  }
}

watch("value", () => {
  const begun = props.value;
  if (!begun || !begun.run) return;
  remember(begun.run, begun.token);
  eagerUntil = Date.now() + EAGER_FOR;
  open(begun.run);
  reveal();
});
document.addEventListener("lab:runs", (event) => runs.show(event.detail.runs)); // one list of runs serves the whole tab
document.addEventListener("lab:watch", (event) => event.detail.run !== run && open(event.detail.run)); // the room's leader
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && run && goesOn()) poll();
});
new ResizeObserver(() => {
  display.redraw();
  if (!run && !recording) showRecording();
}).observe(root);
for (const place of [document.documentElement, document.body]) {
  new MutationObserver(() => display.redraw()).observe(place, { attributes: true, attributeFilter: ["class"] });
}
document.fonts?.ready.then(() => display.redraw());

const linked = new URL(window.location).searchParams.get("run");
open(linked || store.read("lab.run", ""));
if (linked) setTimeout(reveal, 300); // once the form above has its height
document.dispatchEvent(new CustomEvent("lab:list"));
