/* The panel "Compare runs": starts ready-made experiments, lists the runs, and follows the curves of those that are
   checked. Gradio runs this with `element`, `props` and `server`. */

const FOLLOW = 1000; // milliseconds between two looks at the curves of runs that train
const LIST = 5000; // and at the list of runs
const root = element.querySelector(".over");
const words = props.words;
const find = (selector) => root.querySelector(selector);
const cards = [...root.querySelectorAll("[data-set]")];
const titles = new Map(cards.map((card) => [card.dataset.set, card.querySelector("h3").textContent]));
const select = find("select");

const twin = find(".over-group").cloneNode(true); // before anything listens to it
find(".over-groups").append(twin);
const live = group(find(".over-group"), words);
const long = group(twin, words);
const table = runsTable(root, words, { toggle, watch: open, whole: compare, stop, titles });

let slots = linked(); // the ids of the runs that are compared: each place has a colour
let listed = { rows: [], columns: [], same: [], names: {}, data: [], most: slots.length };
const followed = new Map(); // id: {known, over, standing}; the latter is what the server said last
let recording = null; // the promise of the long recording
let round = 0; // of lists: an older one that comes late is dropped
let timer = null;
let listing = null; // the timer of the next list
let seen = false; // whether somebody could see the panel at the last look
let following = false;
let again = false; // somebody was checked meanwhile
let lost = 0; // runs of the address that are not there

const chosen = () => slots.filter(Boolean);
const away = () => document.hidden || root.offsetParent === null;

function linked() {
  const ids = new Set((new URL(window.location).searchParams.get("compare") ?? "").split(",").filter(Boolean));
  return Array.from({ ...[...ids], length: LETTERS.length }, (id) => id ?? null);
}

function address() {
  const url = new URL(window.location);
  if (chosen().length) url.searchParams.set("compare", chosen().join(","));
  else url.searchParams.delete("compare");
  window.history.replaceState(null, "", String(url).replaceAll("%2C", ","));
}

/* Said again only when it changed. */
function say(name, text) {
  const place = find(`[data-say="${name}"]`);
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}
const note = (text) => say("note", text);

function open(run) {
  document.dispatchEvent(new CustomEvent("lab:watch", { detail: { run } }));
}

function toggle(id) {
  const place = slots.indexOf(slots.includes(id) ? id : null);
  if (place >= 0) slots[place] = slots[place] ? null : id;
  changed();
}

/* Compare these runs and no others. */
function compare(ids) {
  slots = Array.from({ ...ids, length: LETTERS.length }, (id) => id ?? null);
  changed();
}

function changed() {
  lost = 0;
  address();
  for (const id of followed.keys()) if (!slots.includes(id)) followed.delete(id);
  table.show(listed, slots);
  show();
  list();
  follow();
}

async function list() {
  const mine = ++round;
  try {
    const answer = await server.table({ tokens: tokens(), chosen: chosen() });
    if (mine !== round) return;
    note(answer.error ?? "");
    if (answer.error) return;
    listed = answer;
    const there = listed.rows.map(({ id }) => id);
    lost += chosen().filter((id) => !there.includes(id)).length;
    slots = slots.map((id) => (there.includes(id) ? id : null));
    for (const { id, state } of listed.rows) {
      const one = followed.get(id);
      if (one?.over && !OVER.includes(state)) one.over = false; // it was resumed
    }
    offer(listed.data);
    table.show(listed, slots);
    show();
    document.dispatchEvent(new CustomEvent("lab:runs", { detail: { runs: listed.rows } }));
    follow();
  } catch {
    if (mine === round) note(words.reconnecting);
  }
}

/* The pictures an experiment can be started on, where there is a choice. */
function offer(names) {
  find("header label").hidden = names.length < 2;
  if ([...select.options].map(({ value }) => value).join("\n") === names.join("\n")) return;
  const before = select.value;
  select.replaceChildren(...names.map((name) => new Option(name === "drawn" ? words.drawn : name, name)));
  if (names.includes(before)) select.value = before;
}

/* Ask for what is new of the compared runs, as long as one of them may still grow. */
async function follow() {
  clearTimeout(timer);
  if (following) {
    again = true;
    return;
  }
  const due = chosen().length > 1 ? chosen().filter((id) => !followed.get(id)?.over) : [];
  if (!due.length || away() || !element.isConnected) return; // the next list asks again
  following = true;
  let wait = FOLLOW;
  try {
    const asked = due.map((run) => {
      if (!followed.has(run)) followed.set(run, { known: record(), over: false });
      const { known } = followed.get(run);
      return { run, since: known.seq, step: known.step(), width: known.curves.width };
    });
    const { runs, error } = await server.curves({ runs: asked });
    if (error) note(error);
    for (const answer of runs ?? []) {
      const one = followed.get(answer.run);
      if (!one || answer.gone) continue;
      one.known.take(answer);
      one.over = OVER.includes(answer.state) && !answer.more;
      one.standing = answer;
      if (answer.more) wait = 0;
    }
    show();
  } catch {
    note(words.reconnecting);
  }
  following = false;
  if (again) wait = 0;
  again = false;
  timer = setTimeout(follow, wait);
}

function show() {
  const count = chosen().length;
  find(".over-runs").hidden = !listed.rows.length;
  say("hint", hint(count));
  const members = slots.flatMap((id, slot) => {
    const { known, standing } = followed.get(id) ?? {};
    return known ? [{ slot, known, standing, name: nameOf(id) ?? known.about?.net ?? "" }] : [];
  });
  find(".over-groups").hidden = count < 2 || members.length < 2;
  live.show(members);
  live.wait(waiting(members, listed.rows.filter(({ id }) => !slots.includes(id)), words, titles));
  beside(members);
}

/* Where the settings do not tell two compared runs apart, the time does. */
function nameOf(id) {
  const name = listed.names[id];
  const row = listed.rows.find((one) => one.id === id);
  const isOnlyOne = Object.values(listed.names).filter((other) => other === name).length < 2;
  return isOnlyOne || !row ? name : [name, moment(row.started), row.apart].filter(Boolean).join(", ");
}

function hint(count) {
  const { most } = listed;
  const few = listed.rows.length < 2 ? words.only_one : count ? words.one_more : words.choose;
  const told = [count < 2 && few, count >= most && words.full, lost && words.gone];
  return told.filter(Boolean).map((each) => fill(each, { most, count: lost })).join(" ");
}

/* "Does depth help?" takes longer than a person waits: beside the short runs stands a long recording of the same nets. */
async function beside(members) {
  const rows = chosen().map((id) => listed.rows.find((row) => row.id === id));
  const wanted = rows.length > 1 && rows.every((row) => row?.experiment?.name === "depth");
  let answer = { runs: [] };
  if (wanted) {
    try {
      answer = await (recording ??= server.recording({}).then(taken));
    } catch {
      recording = null; // asked for again with the next list
    }
  }
  const both = answer.runs.length > 0;
  twin.hidden = !both;
  root.classList.toggle("over-both", both);
  const steps = Math.max(0, ...members.map(({ known }) => known.started?.steps ?? 0));
  live.tell(both && words.this, fill(words.this_told, { count: members.length, steps: whole(steps) }), words.this_mark);
  if (!both) return;
  const colours = answer.runs.map(({ about }) => members.find(({ known }) => known.about?.net === about.net)?.slot);
  const free = LETTERS.map((_, slot) => slot).filter((slot) => !colours.includes(slot));
  long.show(answer.runs.map((known, index) => ({ slot: colours[index] ?? free.shift(), name: known.about.net, known })));
  const { about, started } = answer.runs[0];
  long.tell(words.recording, fill(words.recorded, {
    ...about, ...answer.recorded, day: day(answer.recorded.at), data: about.data === "drawn" ? words.drawn : about.data,
    steps: whole(started.steps), pictures: whole(started.train_pictures),
  }), words.recording_mark);
}

/* The recording as records. */
function taken({ recorded, runs = [] }) {
  const records = runs.map((answer) => {
    const known = record();
    known.take(answer);
    return known;
  });
  return { recorded, runs: records };
}

/* Start a ready-made experiment, and compare its runs. */
async function start(card) {
  const button = card.querySelector("button");
  button.disabled = true;
  try {
    const answer = await server.start({ name: card.dataset.set, data: select.value || "drawn" });
    note(answer.error ?? "");
    if (answer.runs) {
      for (const { run, token } of answer.runs) remember(run, token);
      compare(answer.runs.map(({ run }) => run));
    }
  } catch {
    note(words.reconnecting);
  }
  button.disabled = false;
}

/* Stop these runs, which take turns; they keep their weights. Returns whether they were asked to. */
async function stop(ids) {
  try {
    const mine = tokens();
    const { error } = await server.stop({ tokens: Object.fromEntries(ids.map((id) => [id, mine[id]])) });
    await list();
    if (error) note(error);
    setTimeout(list, FOLLOW); // by then each has ended its step
    return !error;
  } catch {
    note(words.reconnecting);
    return false;
  }
}

async function keepListing() {
  clearTimeout(listing);
  if (!element.isConnected) return;
  if (!away()) await list();
  clearTimeout(listing); // somebody may have come meanwhile
  listing = setTimeout(keepListing, LIST);
}

/* Whoever comes back sees the list as it is now. */
function look() {
  if (seen === !away()) return;
  seen = !seen;
  if (seen) keepListing();
}

for (const card of cards) {
  const size = props.sets[card.dataset.set];
  for (const part of card.querySelectorAll("p, button")) part.textContent = fill(part.textContent, size);
  card.querySelector("button").addEventListener("click", () => start(card));
}
document.addEventListener("lab:compare", (event) => compare(event.detail.runs)); // as the room's leader does
for (const event of ["lab:run", "lab:list"]) { // one may have been started in the live panel, or come further
  document.addEventListener(event, () => { if (!away()) list(); });
}
document.addEventListener("visibilitychange", look);
new ResizeObserver(() => {
  look();
  live.redraw();
  long.redraw();
}).observe(root);
for (const place of [document.documentElement, document.body]) {
  new MutationObserver(() => {
    live.redraw();
    long.redraw();
  }).observe(place, { attributes: true, attributeFilter: ["class"] });
}
document.fonts?.ready.then(() => live.redraw());
seen = !away();
keepListing();
