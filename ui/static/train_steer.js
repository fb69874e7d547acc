/* The buttons and the field that steer a run: what each asks for, and when it can be pressed. */

const LIVE = ["queued", "preparing", "running", "paused"];

/* Whether a run that stands so can go on where it was: its owner may let it. */
const resumable = (state, step) => state === "interrupted" || (["stopped", "failed"].includes(state) && step > 0);

/* `ask(wish)` sends {want, step, lr}; `again()` starts the run over. */
function steering(root, words, ask, again) {
  const button = (name) => root.querySelector(`[data-do="${name}"]`);
  const [pause, step, stop, over] = ["pause", "step", "stop", "over"].map(button);
  const form = button("rate");
  const field = form.querySelector("input");
  let now = { state: "empty", step: 0 };

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
  return function show(state, { mine, asked, step: at, peak }) {
    now = { state, step: at };
    const ended = OVER.includes(state);
    const free = mine && !asked;
    const canResume = mine && resumable(state, at);
    pause.hidden = !(LIVE.includes(state) || canResume);
    pause.disabled = !(free && (canResume || ["running", "paused"].includes(state)));
    pause.textContent = ended || state === "paused" ? words.resume : words.pause;
    step.hidden = !(mine && state === "paused");
    step.disabled = !free;
    stop.hidden = !LIVE.includes(state);
    stop.textContent = at ? words.stop : words.cancel; // nothing to keep before step 1
    stop.disabled = !(free && LIVE.includes(state));
    over.hidden = !ended;
    over.disabled = asked;
    form.hidden = !(mine && ["running", "paused"].includes(state));
    if (document.activeElement !== field && peak) field.value = rate(peak);
  };
}
