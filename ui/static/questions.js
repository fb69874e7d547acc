/* The questions above the tabs: open one, guess, see the numbers. Gradio runs this with `element`, `props`, `server` and
   `trigger`; the event `asked` makes the page show what the question is about. */

const { questions, words } = props;
const strip = element.querySelector(".ask");
const panel = element.querySelector(".ask-panel");
const KEPT = "lab.questions";

function put(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function button(text, act) {
  const made = put("button", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function away(hidden) {
  strip.classList.toggle("is-away", hidden);
  try {
    localStorage.setItem(KEPT, hidden ? "away" : "");
  } catch { /* a browser that keeps nothing shows them again next time */ }
}

function mark(key) {
  for (const other of strip.querySelectorAll("[data-ask]")) other.setAttribute("aria-expanded", other.dataset.ask === key);
}

function close() {
  panel.hidden = true;
  hide(false);
  strip.querySelector('[aria-expanded="true"]')?.focus();
  mark("");
}

function open(key) {
  const { guess, choices } = questions[key];
  show(key);
  hide(questions[key].hides);
  mark(key);
  const list = put("div", "", "ask-choices");
  list.append(...choices.map((choice, number) => button(choice, () => reveal(key, number, list))));
  const prompt = put("p", guess);
  prompt.id = "ask-guess";
  panel.replaceChildren(prompt, list, button(words.close, close));
  panel.lastChild.className = "ask-done";
  panel.hidden = false;
  list.firstChild.focus({ preventScroll: true });
}

/* A comparison would give the answer away before the guess. */
function hide(hidden) {
  document.getElementById("net-board")?.toggleAttribute("inert", hidden);
}

/* What the question is about; not before the page shows what its address asks for, or that would come on top. */
async function show(key) {
  while (!window.labAddressIsRead) await new Promise((later) => setTimeout(later, 50));
  props.value = key;
  trigger("asked");
}

async function reveal(key, guessed, list) {
  let answer;
  try {
    answer = await server.reveal(key);
  } catch {
    answer = { error: words.unreachable };
  }
  if (!list.isConnected) return; // another question was opened meanwhile
  hide(false);
  panel.querySelector(".ask-answer")?.remove();
  const told = put("div", "", "ask-answer");
  told.tabIndex = -1;
  panel.insertBefore(told, panel.lastChild);
  if (!answer) answer = { error: words.unreachable };
  if (answer.error) return told.append(put("p", answer.error));
  for (const [number, choice] of [...list.children].entries()) {
    choice.disabled = true;
    choice.classList.toggle("is-right", number === answer.right);
    choice.classList.toggle("is-guess", number === guessed);
  }
  const verdict = guessed === answer.right ? words.right : `${words.wrong} ${list.children[answer.right].textContent}.`;
  const facts = put("dl", "");
  for (const [what, much] of answer.facts) {
    const line = put("div", "");
    line.append(put("dt", what), put("dd", much));
    facts.append(line);
  }
  told.append(put("p", verdict, "ask-verdict"), facts, put("p", answer.sentence, "ask-sentence"));
  told.focus({ preventScroll: true }); // read out, and Escape still closes
}

/* Who chooses another view has turned away from the question. */
for (const kind of ["input", "click"])
  document.addEventListener(kind, (event) => event.target.closest?.("#architecture-controls") && hide(false));
strip.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-ask]");
  if (asked) return asked.getAttribute("aria-expanded") === "true" ? close() : open(asked.dataset.ask);
  if (!event.target.closest("[data-close]")) return;
  close();
  away(!strip.classList.contains("is-away"));
});
panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
try {
  if (localStorage.getItem(KEPT) === "away") strip.classList.add("is-away");
} catch { /* shown, then */ }
