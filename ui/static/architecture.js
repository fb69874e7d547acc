/* The Architecture tab's picture and table: unfold, select, take along, and keep it all in the page's address.
   Gradio runs this with `element`, `props`, `server` and `watch`. The server draws; this script asks it to, marks what is
   selected, and moves the focus. What is shown is one plain object, `look`: the address's parameters. */

const words = props.words;
const KEYS = props.parameters; // every parameter this tab may write
let look = {};
let round = 0; // of the board: what was asked about the last one is not answered on this one
let painted = ""; // what was unfolded when the table was last drawn
const asking = {}; // of each region, the last question: an answer that comes after another was asked is dropped

const board = () => element.querySelector(".board");
const region = (name) => element.querySelector(`[data-region="${name}"]`);
const opened = () => new Set((look.open || "").split(",").filter(Boolean));
const parts = (where, name) =>
  where ? [...where.querySelectorAll("[data-part]")].filter((part) => part.dataset.part === name) : [];

/* A new board. What was unfolded or selected after its controls were read goes on it, too. */
function begin() {
  if (!board()) return;
  const late = changedSince(window.labSent);
  round += 1;
  look = JSON.parse(board().dataset.look);
  painted = look.open || "";
  const merges = Object.keys(late).length && region("table");
  change(merges ? late : {});
  window.labSent = round === 1 ? window.labLook : null; // the first board is on its way while the address is read
  dress();
  if (merges) repaint().then(() => paint("why"));
  if (region("about")) paint("about");
}

/* What this script has changed since the look `sent` went out. All other parameters are the controls'. */
function changedSince(sent) {
  if (!sent || sent === window.labLook) return {};
  const before = JSON.parse(sent);
  const own = ["table", "columns", "open", "select", "times"].filter((key) => before[key] !== look[key]);
  return Object.fromEntries(own.map((key) => [key, look[key] || ""]));
}

/* --- the address ------------------------------------------------------------------------------------------------- */

function address() {
  if (!window.labAddressIsRead && new URL(window.location).searchParams.size) return; // not before it was read
  const url = new URL(window.location);
  for (const key of KEYS) url.searchParams.delete(key);
  for (const key of KEYS) if (look[key]) url.searchParams.set(key, look[key]); // always in the same order
  if (look.view !== "convolution") url.searchParams.delete("conv");
  window.history.replaceState(null, "", String(url).replaceAll("%2C", ","));
}

function change(changes) {
  look = { ...look, ...changes };
  for (const key of Object.keys(look)) if (!look[key]) delete look[key];
  window.labLook = JSON.stringify(look);
  address();
}

/* --- asking the server ------------------------------------------------------------------------------------------- */

async function paint(...regions) {
  const question = {};
  for (const name of regions) question[name] = asking[name] = (asking[name] || 0) + 1;
  const { open } = look;
  const answer = await ask("paint", { look, regions });
  if (!answer) return;
  if (answer.table && question.table === asking.table) painted = open || "";
  const focused = element.contains(document.activeElement) && document.activeElement.closest("[data-part]");
  const [part, where] = focused ? [focused.dataset.part, focused.closest("[data-region]").dataset.region] : [];
  for (const [name, html] of Object.entries(answer)) if (question[name] === asking[name]) fill(name, html);
  dress();
  if (part && answer[where] !== undefined) parts(region(where), part)[0]?.focus({ preventScroll: true });
}

function fill(name, html) {
  const place = region(name);
  if (!place) return;
  const scrolled = () => (name === "table" ? place.querySelector(".net-table") : place);
  const [top, left] = [scrolled()?.scrollTop, scrolled()?.scrollLeft];
  place.innerHTML = html;
  if (scrolled()) [scrolled().scrollTop, scrolled().scrollLeft] = [top || 0, left || 0];
}

/* The answer, or null when it is a refusal or the server cannot be reached; then the sentence stands under the tools. */
async function ask(what, question) {
  say("");
  const asked = round;
  let answer;
  try {
    answer = await server[what](question);
  } catch { /* the same as no answer */ }
  if (asked !== round) return null;
  if (!answer || answer.error) {
    say(answer?.error || words.unreachable);
    return null;
  }
  return answer;
}

function say(sentence) {
  const place = element.querySelector(".net-said");
  if (place) place.textContent = sentence;
}

/* --- marking, roles, focus --------------------------------------------------------------------------------------- */

function dress() {
  const [picture, table] = [region("picture"), region("table")];
  if (!picture) return;
  const svg = picture.querySelector("svg");
  svg.setAttribute("role", "tree");
  svg.setAttribute("aria-orientation", "horizontal");
  svg.classList.toggle("is-open", Boolean(svg.querySelector('[data-open="true"]')));
  for (const part of svg.querySelectorAll("[data-part]")) {
    part.setAttribute("role", "treeitem");
    part.setAttribute("aria-level", { stage: 1, block: 2, call: 3 }[part.dataset.level]);
    part.setAttribute("aria-label", part.querySelector("title")?.textContent || part.dataset.part);
    if (part.dataset.opens === "true") part.setAttribute("aria-expanded", part.dataset.open);
  }
  for (const where of [svg, table]) {
    for (const part of where.querySelectorAll("[data-part]")) {
      const chosen = part.dataset.part === look.select;
      part.classList.toggle("is-selected", chosen);
      part.setAttribute("aria-selected", chosen);
      part.setAttribute("tabindex", "-1");
    }
    const way = parts(where, look.select)[0] || where.querySelector("[data-part]");
    way?.setAttribute("tabindex", "0"); // one way in by Tab; arrows go on from there
  }
}

function light(name, on) {
  for (const where of [region("picture"), region("table")])
    for (const part of parts(where, name)) part.classList.toggle("is-near", on);
}

/* --- unfolding and selecting ------------------------------------------------------------------------------------- */

/* The visible row of a part: its own, or that of the nearest whole it is folded into. */
function showInTable(name) {
  parts(region("table"), name)[0]?.scrollIntoView({ block: "nearest" });
}

function select(name) {
  change({ select: look.select === name ? "" : name });
  dress();
  paint("why").then(() => look.select && say(words.explained.replace("{name}", look.select)));
  if (look.select) showInTable(name);
}

function allOpen() {
  return [...region("picture").querySelectorAll('[data-open="true"]')].map((part) => part.dataset.part);
}

function toggle(name, open, extra = {}) {
  if (look.open === "*" && painted !== "*") return Promise.resolve(); // all of it is on its way
  const names = look.open === "*" ? new Set(allOpen()) : opened();
  if (open) names.add(name);
  else for (const other of [...names]) if (other === name || other.startsWith(`${name}.`)) names.delete(other);
  change({ open: [...names].join(","), ...extra });
  return paint("picture", "table", ...("select" in extra ? ["why"] : []));
}

function pressed(part) {
  const name = part.dataset.part;
  const opens = part.dataset.opens === "true" || part.hasAttribute("aria-expanded");
  const isOpen = part.getAttribute("aria-expanded") === "true";
  if (!opens) return select(name);
  return toggle(name, !isOpen, { select: name }).then(() => showInTable(name));
}

/* --- keyboard ---------------------------------------------------------------------------------------------------- */

function step(part, by) {
  const where = part.closest("svg") || part.closest("table");
  const all = [...where.querySelectorAll("[data-part]")];
  go(all[Math.max(0, Math.min(all.length - 1, all.indexOf(part) + by))]);
}

function go(part) {
  if (!part) return;
  const where = part.closest("svg") || part.closest("table");
  for (const other of where.querySelectorAll('[data-part][tabindex="0"]')) other.setAttribute("tabindex", "-1");
  part.setAttribute("tabindex", "0");
  part.focus();
}

function whole(part) {
  const level = Number(part.getAttribute("aria-level"));
  const all = [...(part.closest("svg") || part.closest("table")).querySelectorAll("[data-part]")];
  return all.slice(0, all.indexOf(part)).reverse().find((other) => Number(other.getAttribute("aria-level")) < level);
}

function key(event, part) {
  const expanded = part.getAttribute("aria-expanded");
  const inPicture = Boolean(part.closest("svg"));
  const does = {
    ArrowDown: () => (inPicture && expanded === "false" ? toggle(part.dataset.part, true) : step(part, 1)),
    ArrowUp: () => (inPicture && expanded === "true" ? toggle(part.dataset.part, false) : step(part, -1)),
    ArrowRight: () => (!inPicture && expanded === "false" ? toggle(part.dataset.part, true) : step(part, 1)),
    ArrowLeft: () => {
      if (inPicture) step(part, -1);
      else if (expanded === "true") toggle(part.dataset.part, false);
      else go(whole(part));
    },
    Home: () => step(part, -Infinity),
    End: () => step(part, Infinity),
    Enter: () => pressed(part),
    " ": () => pressed(part),
    Escape: () => look.select && select(look.select),
  }[event.key];
  if (!does || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  does();
}

/* --- the tools --------------------------------------------------------------------------------------------------- */

const tools = {
  table: (kind) => change({ table: kind === "operations" ? "" : kind }) || repaint(),
  columns: () => change({ columns: look.columns === "all" ? "" : "all" }) || repaint(),
  unfold: () => change({ open: "*" }) || repaint(),
  fold: () => change({ open: "" }) || repaint(),
  time: async (_, button) => {
    button.disabled = true;
    say(words.timing);
    const answer = await ask("measure", { look });
    button.disabled = false;
    if (!answer) return;
    change({ times: "1" });
    await paint("table");
  },
  python: async () => {
    const answer = await ask("python", { look });
    if (answer) copy(answer.code);
  },
  save: async (kind) => {
    if (kind === "svg" || kind === "png") return savePicture(kind);
    const answer = await ask("write_file", { look, format: kind });
    if (answer) save(new Blob([answer.text], { type: answer.type }), answer.name);
  },
};

function repaint() {
  const [torchstat, wide] = [look.table === "torchstat", look.columns === "all"];
  for (const button of element.querySelectorAll(".net-tools [data-do]")) {
    const [what, kind] = button.dataset.do.split(":");
    if (what === "table") button.setAttribute("aria-pressed", (kind === "torchstat") === torchstat);
    if (what === "columns") button.setAttribute("aria-pressed", wide);
    if (["columns", "unfold", "fold", "time"].includes(what)) button.hidden = torchstat;
  }
  return paint("picture", "table");
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/* The file gets the picture as the server draws it, in its own colours, whatever the page's theme is. */
async function savePicture(kind) {
  const answer = await ask("write_file", { look, format: "svg" });
  if (!answer) return;
  const svg = new Blob([answer.text], { type: answer.type });
  if (kind === "svg") return save(svg, answer.name);
  const image = new Image();
  image.src = URL.createObjectURL(svg);
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth * 2, image.naturalHeight * 2]; // sharp on a projector
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((png) => save(png, answer.name.replace(/svg$/, "png")), "image/png");
}

/* Browsers give the clipboard to secure pages only; in a workshop the page often is not one, so the code is shown too. */
async function copy(code) {
  let place = element.querySelector(".net-code");
  if (!place) {
    place = document.createElement("pre");
    place.className = "net-code";
    place.tabIndex = 0;
    element.querySelector(".net-take").after(place);
  }
  place.textContent = code;
  try {
    await navigator.clipboard.writeText(code);
    say(words.copied);
  } catch {
    window.getSelection().selectAllChildren(place);
    say(words.copy_yourself);
  }
}

/* --- events ------------------------------------------------------------------------------------------------------ */

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) {
    const [what, kind] = button.dataset.do.split(":");
    return tools[what]?.(kind, button);
  }
  const part = event.target.closest("[data-part]");
  if (!part) return;
  if (part.tagName === "TR" && !event.target.closest("[aria-expanded] > th")) return select(part.dataset.part);
  pressed(part);
});
element.addEventListener("keydown", (event) => {
  const part = event.target.closest("[data-part]");
  if (part) key(event, part);
});
for (const [kind, on] of [["mouseover", true], ["mouseout", false]])
  element.addEventListener(kind, (event) => {
    const part = event.target.closest("[data-part]");
    if (part) light(part.dataset.part, on);
  });
element.addEventListener("change", async (event) => {
  const form = event.target.closest("[data-form=memory]");
  if (!form) return;
  const question = (asking.memory = (asking.memory || 0) + 1);
  const answer = await ask("memory", { look, ...Object.fromEntries(new FormData(form)) });
  if (!answer || question !== asking.memory) return;
  fill("memory", answer.html);
  say(words.remembered);
});
element.addEventListener("submit", (event) => event.preventDefault()); // Enter in the memory form is a change

watch("value", begin);
begin();
