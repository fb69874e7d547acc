/* The Architecture tab: what is on show, kept in the page's address; the server draws it and this script asks for it.
   Gradio runs the architecture*.js as one, with `element`, `props`, `server` and `watch`. What is shown is one plain
   object, `look`: the address's parameters. */

const words = props.words;
const KEYS = [...props.chosen, ...props.scripted]; // what the controls and what this script write into the address
let look = {};
let round = 0; // of the board: what was asked about the last one is not answered on this one
let painted = ""; // what was unfolded when the table was last drawn
let memory = null; // batch, number format and optimizer, once somebody chose them
const linked = props.chosen.some((key) => new URL(window.location).searchParams.has(key)); // the page was opened on a view
const asking = {}; // of each region, the last question: an answer that comes after another was asked is dropped

const board = () => element.querySelector(".board");
const region = (name) => element.querySelector(`[data-region="${name}"]`);
const opened = () => new Set((look.open || "").split(",").filter(Boolean));
const parts = (where, name) =>
  where ? [...where.querySelectorAll("[data-part]")].filter((part) => part.dataset.part === name) : [];

/* A new board. What was unfolded or selected after its controls were read goes on it, too. */
function begin() {
  if (!board()) return;
  const before = look;
  const late = changedSince(window.labSent);
  round += 1;
  look = JSON.parse(board().dataset.look);
  for (const key of Object.keys(late)) if (late[key] === (look[key] || "")) delete late[key];
  painted = look.open || "";
  const merges = Object.keys(late).length && region("table");
  const another = round > (linked ? 2 : 1) && ["view", "net", "nets"].some((key) => before[key] !== look[key]);
  change(merges ? late : {}, another);
  window.labSent = window.labLook; // another answer may be on its way, as the first is while the address is read
  dress();
  bringIntoView(look.select);
  if (merges) repaint().then(() => paint("why"));
  if (region("about")) paint("about");
}

/* What this script has changed since the look `sent` went out. All other parameters are the controls'. */
function changedSince(sent) {
  if (!sent || sent === window.labLook) return {};
  const before = JSON.parse(sent);
  const own = props.scripted.filter((key) => before[key] !== look[key]);
  return Object.fromEntries(own.map((key) => [key, look[key] || ""]));
}

/* --- the address ------------------------------------------------------------------------------------------------- */

/* Another net or view is a step one can go back from; what is unfolded or selected in it is not. */
function address(another) {
  if (!window.labAddressIsRead && window.location.search) return; // not before it was read
  const url = new URL(window.location);
  for (const key of KEYS) url.searchParams.delete(key);
  for (const key of KEYS) if (look[key]) url.searchParams.set(key, look[key]); // always in the same order
  if (look.view !== "convolution") url.searchParams.delete("conv");
  const written = String(url).replaceAll("%2C", ",");
  if (another && window.labAddressIsRead && written !== window.location.href) window.history.pushState(null, "", written);
  else window.history.replaceState(null, "", written);
}

window.addEventListener("popstate", () => window.location.reload()); // the server draws what the address says

function change(changes, another = false) {
  look = { ...look, ...changes };
  for (const key of Object.keys(look)) if (!look[key]) delete look[key];
  window.labLook = JSON.stringify(look);
  address(another);
}

/* --- asking the server ------------------------------------------------------------------------------------------- */

async function paint(...regions) {
  const question = {};
  for (const name of regions) question[name] = asking[name] = (asking[name] || 0) + 1;
  const [{ open }, asked] = [look, round];
  const answer = await ask("paint", { look, regions, memory });
  if (!answer) {
    if (asked === round && question.table && question.table === asking.table) change({ open: painted }); // as it still is
    return;
  }
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

/* The answer, or null when it is a refusal or the server cannot be reached; then `tell` says the sentence. */
async function ask(what, question, tell = say) {
  tell("");
  const asked = round;
  let answer;
  try {
    answer = await server[what](question);
  } catch { /* the same as no answer */ }
  if (asked !== round) return null;
  if (!answer || answer.error) {
    tell(answer?.error || words.unreachable);
    return null;
  }
  return answer;
}

function say(sentence) {
  const place = element.querySelector(".net-said");
  if (place) place.textContent = sentence;
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
  pressed(part, Boolean(event.target.closest(".fold")));
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
/* What passes under a resting pointer while the table scrolls is not pointed at. */
let scrolling = 0;
element.addEventListener(
  "scroll",
  ({ target }) => {
    if (!target.matches(".net-table")) return;
    target.classList.add("is-scrolling");
    clearTimeout(scrolling);
    scrolling = setTimeout(() => target.classList.remove("is-scrolling"), 120);
  },
  true,
);
element.addEventListener("change", async (event) => {
  const form = event.target.closest("[data-form=memory]");
  if (!form) return;
  const question = (asking.memory = (asking.memory || 0) + 1);
  const chosen = Object.fromEntries(new FormData(form));
  const answer = await ask("memory", { look, memory: chosen }, (sentence) => {
    form.querySelector(".cost-said").textContent = sentence;
  });
  if (!answer || question !== asking.memory) return;
  memory = chosen;
  fill("memory", answer.html);
  say(words.remembered);
});
element.addEventListener("submit", (event) => event.preventDefault()); // Enter in the memory form is a change

watch("value", begin);
begin();
