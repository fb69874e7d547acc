/* The live panel: asks the server for what is new of one run, and steers it. Gradio runs this with `element`, `props`,
   `server` and `watch`; the run and its token come in as the component's value when Start training was pressed. */

const QUICK = 250; // milliseconds between two polls: 4 Hz while somebody looks
const CALM = 1000; // paused
const AWAY = 2000; // nobody looks: another browser tab, or another tab of the page
const LIST_EVERY = 10000;
const OVER = ["finished", "stopped", "diverged", "failed", "interrupted"];
const TOKENS_KEPT = 50;

const root = element.querySelector(".live");
const words = props.words;
const display = view(root, words);
const buttons = { pause: root.querySelector('[data-do="pause"]'), stop: root.querySelector('[data-do="stop"]') };

const ask = root.querySelector('[data-do="ask"]');

/* Storage is a convenience: a browser that forbids it can watch and steer until the page is closed. */
const store = {
  memory: {},
  read(key, fallback) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? this.memory[key] ?? fallback;
    } catch {
      return this.memory[key] ?? fallback;
    }
  },
  write(key, value) {
    this.memory[key] = value;
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch { /* kept in memory */ }
  },
};
const tokens = () => store.read("lab.tokens", {});

let run = ""; // the run that is watched
let state = "empty";
let asked = null; // what a button asked for and the run has not done yet
let timer = null;
let round = 0; // a poll that answers after another run was opened is dropped

function remember(id, token) {
  const kept = Object.entries(tokens()).filter(([other]) => other !== id).slice(1 - TOKENS_KEPT);
  store.write("lab.tokens", Object.fromEntries([...kept, [id, token]]));
}

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
  show(id ? "queued" : "empty");
  if (!id) return;
  store.write("lab.run", id);
  address(id);
  poll();
}

function show(now, extra = {}) {
  const mine = Boolean(tokens()[run]);
  if (now !== state && asked) asked = null;
  state = now;
  display.show(now, { mine, pausing: asked === "pause", ...extra });
  const live = mine && !asked;
  for (const button of Object.values(buttons)) button.hidden = OVER.includes(now);
  buttons.pause.disabled = !(live && ["running", "paused"].includes(now));
  buttons.pause.textContent = now === "paused" ? words.resume : words.pause;
  ask.hidden = !display.hasWeights();
  ask.href = predictAddress();
  buttons.stop.textContent = now === "empty" || display.step() ? words.stop : words.cancel; // nothing to keep before step 1
  buttons.stop.disabled = !(live && ["queued", "preparing", "running", "paused"].includes(now));
  for (const row of root.querySelectorAll(".live-runs button")) {
    row.setAttribute("aria-current", row.dataset.run === run ? "true" : "false");
  }
}

async function poll() {
  clearTimeout(timer);
  if (!element.isConnected) return;
  const mine = ++round;
  let wait = QUICK;
  try {
    const answer = await server.poll({ run, since: display.seq() });
    if (mine !== round) return;
    if (answer?.gone) {
      gone();
      return;
    }
    if (answer?.error) {
      show(state, { note: answer.error });
      wait = CALM;
    } else {
      display.take(answer);
      const before = state;
      show(answer.state, { ahead: answer.ahead, heldUp: answer.holds_up });
      if (before !== state) list();
      if (answer.events.length >= 500) wait = 0;
      else if (OVER.includes(state)) return;
      else if (state === "paused") wait = CALM;
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
  run = "";
  show(missed ? "unknown" : "empty");
}

async function steer(want) {
  asked = want;
  show(state);
  let note = "";
  try {
    const answer = await server.steer({ run, token: tokens()[run], want });
    if (answer.error) note = answer.error;
  } catch {
    note = words.reconnecting;
  }
  if (note) {
    asked = null;
    show(state, { note });
  } else if (!OVER.includes(state)) poll();
}

/* Unix seconds as a time of day, or as a date when that was another day; nothing when it is not known. */
function moment(seconds) {
  if (!seconds) return "";
  const then = new Date(1000 * seconds);
  return then.toDateString() === new Date().toDateString()
    ? then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : then.toLocaleDateString([], { day: "numeric", month: "short" });
}

async function list() {
  let runs = [];
  try {
    runs = (await server.runs_list({ tokens: tokens() })).runs ?? [];
  } catch {
    return; // the list that stands there is the newest that is known
  }
  const place = root.querySelector(".live-runs ul");
  const own = tokens();
  const rows = runs.map((one, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.run = one.id;
    button.setAttribute("aria-current", one.id === run ? "true" : "false");
    const title = document.createElement("b");
    title.textContent = one.net;
    const line = document.createElement("span");
    const data = one.data === "drawn" ? words.drawn : one.data;
    const waits = one.state === "queued" && runs.slice(index + 1).some((older) => !OVER.includes(older.state));
    const now = waits ? words.state_waiting : words[`state_${one.state}`] ?? one.state;
    line.textContent = fill(words.runs_row, { data, state: now.toLowerCase() });
    const when = document.createElement("time");
    when.textContent = moment(one.started);
    const yours = document.createElement("em");
    yours.textContent = own[one.id] ? words.runs_yours : "";
    const steps = document.createElement("span");
    steps.textContent = one.steps ? fill(words.runs_steps, { step: whole(one.step), steps: whole(one.steps) }) : "";
    button.append(title, line, when, steps, yours);
    button.addEventListener("click", () => open(one.id));
    const item = document.createElement("li");
    item.append(button);
    return item;
  });
  place.replaceChildren(...rows);
  root.querySelector(".live-runs .live-none").hidden = rows.length > 0;
}

/* On a phone the panel lies below the form. */
function reveal() {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (root.getBoundingClientRect().top > window.innerHeight / 2) {
    root.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
  }
}

async function keepListing() {
  if (!element.isConnected) return;
  if (!document.hidden && root.offsetParent !== null) await list();
  setTimeout(keepListing, LIST_EVERY);
}

buttons.pause.addEventListener("click", () => steer(state === "paused" ? "run" : "pause"));
buttons.stop.addEventListener("click", () => steer("stop"));
watch("value", () => {
  const begun = props.value;
  if (!begun || !begun.run) return;
  remember(begun.run, begun.token);
  open(begun.run);
  reveal();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && run && !OVER.includes(state)) poll();
});
new ResizeObserver(() => display.redraw()).observe(root);
for (const place of [document.documentElement, document.body]) {
  new MutationObserver(() => display.redraw()).observe(place, { attributes: true, attributeFilter: ["class"] });
}
document.fonts?.ready.then(() => display.redraw());

const linked = new URL(window.location).searchParams.get("run");
open(linked || store.read("lab.run", ""));
if (linked) setTimeout(reveal, 300); // once the form above has its height
keepListing();
