/* The buttons and the field that steer a run: what each asks for, and when it can be pressed. */

const LIVE = ["queued", "preparing", "running", "paused"];
const SETTLE = 500; // milliseconds a button has to stand before it can be pressed: half of a double click was for another

/* Whether a run that stands so can go on where it was: its owner may let it. */
const resumable = (state, step) => state === "interrupted" || (["stopped", "failed"].includes(state) && step > 0);

/* `ask(wish)` sends {want, step, lr}; `again()` starts the run over. */
function steering(root, words, ask, again) {
  const button = (name) => root.querySelector(`[data-do="${name}"]`);
  const [pause, step, stop, over] = ["pause", "step", "stop", "over"].map(button);
  const form = button("rate");
  const field = form.querySelector("input");
  let now = { state: "empty", step: 0 };
  let stood = ""; // which buttons there are, with their words
  let settled = 0; // until then none can be pressed
  let timer = null;
  let latest = null; // shows what was asked for last

  pause.addEventListener("click", () => {
    ask({ want: now.state === "running" ? "pause" : now.state === "paused" ? "run" : "resume" });
  });
  step.addEventListener("click", () => ask({ want: "step", step: now.step + 1 })); // by number: twice is still one step
  stop.addEventListener("click", () => ask({ want: "stop" }));
  over.addEventListener("click", again);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    field.blur();
    ask({ want: now.state === "paused" ? "pause" : "run", lr: field.valueAsNumber }); // it stays as it is, but for the rate
  });

  /* `mine`: this browser may steer the run; `asked`: it has, and nothing has come of it yet; `peak`: the learning rate. */
  function show(state, standing) {
    const { mine, asked, step: at, peak } = standing;
    now = { state, step: at };
    const ended = OVER.includes(state);
    const canResume = mine && resumable(state, at);
    pause.hidden = !(mine && (LIVE.includes(state) || canResume));
    pause.textContent = ended || state === "paused" ? words.resume : words.pause;
    step.hidden = !(mine && state === "paused");
    stop.hidden = !(mine && LIVE.includes(state));
    stop.textContent = at ? words.stop : words.cancel; // nothing to keep before step 1
    over.hidden = !ended;
    const free = settle(() => show(state, standing)) && !asked;
    pause.disabled = !(free && (canResume || ["running", "paused"].includes(state)));
    step.disabled = stop.disabled = over.disabled = !free;
    form.hidden = !(mine && ["running", "paused"].includes(state));
    if (document.activeElement !== field && peak) field.value = rate(peak);
  }

  /* Whether the buttons have stood long enough where they are; if not, `later` is called once they have. */
  function settle(later) {
    const stand = [pause, step, stop, over].map((each) => (each.hidden ? "" : each.textContent)).join("|");
    const at = performance.now();
    if (stand !== stood) {
      stood = stand;
      settled = at + SETTLE;
      clearTimeout(timer);
      timer = setTimeout(() => latest(), SETTLE);
    }
    latest = later;
    return at >= settled;
  }

  return show;
}
