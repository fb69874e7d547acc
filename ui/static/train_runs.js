/* The tokens of runs that were started here, and the list of runs. */

const TOKENS_KEPT = 50;

function remember(id, token) {
  const kept = Object.entries(tokens()).filter(([other]) => other !== id).slice(1 - TOKENS_KEPT);
  store.write("lab.tokens", Object.fromEntries([...kept, [id, token]]));
}

/* Unix seconds as a time of day, or as a date when that was another day; nothing when it is not known. */
function moment(seconds) {
  if (!seconds) return "";
  const then = new Date(1000 * seconds);
  return then.toDateString() === new Date().toDateString()
    ? then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : then.toLocaleDateString([], { day: "numeric", month: "short" });
}

/* The list inside `root`; `open` is called with the id of the run that was chosen. */
function runsList(root, words, open) {
  const place = root.querySelector(".live-runs ul");
  let current = "";

  function row(one, older) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.run = one.id;
    const part = (tag, text) => button.append(Object.assign(document.createElement(tag), { textContent: text }));
    const waits = one.state === "queued" && older.some((other) => !OVER.includes(other.state));
    const now = waits ? words.state_waiting : words[`state_${one.state}`] ?? one.state;
    const data = one.data === "drawn" ? words.drawn : one.data;
    part("b", one.net);
    part("span", fill(words.runs_row, { data, state: now.toLowerCase() }));
    part("time", moment(one.started));
    part("span", one.steps ? fill(words.runs_steps, { step: whole(one.step), steps: whole(one.steps) }) : "");
    part("em", tokens()[one.id] ? words.runs_yours : "");
    button.addEventListener("click", () => open(one.id));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  function mark(id) {
    current = id;
    for (const button of place.querySelectorAll("button")) {
      button.setAttribute("aria-current", button.dataset.run === current ? "true" : "false");
    }
  }

  return {
    mark,
    show(runs) {
      place.replaceChildren(...runs.map((one, index) => row(one, runs.slice(index + 1))));
      root.querySelector(".live-runs .live-none").hidden = runs.length > 0;
      mark(current);
    },
  };
}
