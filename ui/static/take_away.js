/* The row "Take it with you": asks what there is of the run that the live panel shows until there is all of it, and
   fetches what one takes along. */

const EVERY = 2000; // milliseconds between two looks while the run goes on without weights
const OVER = 10000; // the run is over and has none; somebody may resume it

const root = element.querySelector(".take");
const words = props.words;
const weights = root.querySelector('[data-take="weights"]');

let run = "";
let timer = null;
let round = 0; // an answer about another run is dropped
let fetching = false;

const say = (name, text) => { root.querySelector(`[data-say="${name}"]`).textContent = text; };

function open(id) {
  if (id !== run) {
    root.hidden = true;
    say("told", "");
  }
  round += 1;
  run = id;
  clearTimeout(timer);
  if (run) look();
}

async function look() {
  clearTimeout(timer);
  if (!element.isConnected) return;
  const mine = round;
  let wait = EVERY;
  try {
    const answer = await server.look({ run });
    if (mine !== round || answer.error) return; // the live panel says what is wrong
    show(answer);
    if (answer.weights) return;
    if (answer.over) wait = OVER;
  } catch {
    if (mine !== round) return;
    wait = OVER;
  }
  timer = setTimeout(look, document.hidden ? OVER : wait);
}

function show(there) {
  root.hidden = !there.step;
  const owned = Boolean(tokens()[run]);
  weights.hidden = !(there.weights && owned);
  weights.textContent = words.weights.replace("{size}", (there.weights / 1e6).toFixed(1));
  say("whose", there.weights && !owned ? (there.from_page ? words.not_yours : words.terminal) : "");
}

async function take(kind) {
  if (fetching) return;
  fetching = true;
  const mine = round;
  const tell = (text) => { if (mine === round) say("told", text); };
  tell(words.fetching);
  try {
    const headers = kind === "weights" ? { [props.token_header]: tokens()[run] ?? "" } : {};
    const answer = await fetch(beside(props.address, { run, file: kind }), { headers });
    if (answer.ok) {
      const [, name] = /filename="(.+?)"/.exec(answer.headers.get("Content-Disposition"));
      save(await answer.blob(), name);
      tell([words.taken.replace("{name}", name), kind === "script" ? words.how_script : ""].join(" "));
    } else tell((await answer.json()).error);
  } catch {
    tell(words.unreachable);
  }
  fetching = false;
}

root.addEventListener("click", ({ target }) => {
  if (target.dataset.take) take(target.dataset.take);
});
document.addEventListener("lab:run", (event) => open(event.detail.run));

/* The live panel may have opened its run before this script was there. */
open(new URL(window.location).searchParams.get("run") ?? store.read("lab.run", ""));
