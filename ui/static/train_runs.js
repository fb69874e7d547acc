/* The tokens of runs that were started here, and the list of runs. */

const TOKENS_KEPT = 50;
const SHOWN = 6; // runs of the list, until all are wanted

function remember(id, token) {
  const kept = Object.entries(tokens()).filter(([other]) => other !== id).slice(1 - TOKENS_KEPT);
  store.write("lab.tokens", Object.fromEntries([...kept, [id, token]]));
}

/* Unix seconds as a time of day, with its date when that was another day; nothing when it is not known. */
function moment(seconds) {
  if (!seconds) return "";
  const then = new Date(1000 * seconds);
  const time = { hour: "2-digit", minute: "2-digit" };
  return then.toDateString() === new Date().toDateString()
    ? then.toLocaleTimeString([], time)
    : then.toLocaleString([], { day: "numeric", month: "short", ...time });
}

/* The list inside `root`; `open` is called with the id of the run that was chosen. Rows are changed in place, so that
   whoever is on one stays there. */
function runsList(root, words, open) {
  const place = root.querySelector(".live-runs ul");
  const none = root.querySelector(".live-runs .live-none");
  const more = root.querySelector(".live-runs .live-more");
  const rows = new Map(); // of the list, by the runs' ids
  let runs = [];
  let current = "";
  let all = false;

  function made(id) {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.dataset.run = id;
    button.append(...["b", "span", "em", "small"].map((tag) => document.createElement(tag)));
    button.addEventListener("click", () => open(id));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  /* Whether something else comes first: an older run, or one of its set whose turn it is. */
  function waits(one) {
    const place = runs.indexOf(one);
    const isSibling = (other) => one.experiment && other.experiment?.id === one.experiment.id;
    const comesFirst = (other, index) => (isSibling(other) ? other.state !== "queued" : index > place);
    return one.state === "queued" && runs.some((other, index) => !OVER.includes(other.state) && comesFirst(other, index));
  }

  function write(one) {
    const button = rows.get(one.id).firstChild;
    const now = waits(one) ? words.state_waiting : words[`state_${one.state}`] ?? one.state;
    const data = one.data === "drawn" ? words.drawn : one.data;
    const steps = one.steps && !OVER.includes(one.state)
      && fill(words.runs_steps, { step: whole(one.step), steps: whole(one.steps) });
    const facts = [one.given && one.net, moment(one.started), one.apart, steps];
    const texts = [
      one.given || one.net, fill(words.runs_row, { data, state: now.toLowerCase() }), tokens()[one.id] ? words.runs_yours : "",
      facts.filter(Boolean).join(", "),
    ];
    texts.forEach((text, index) => {
      const part = button.children[index];
      if (part.textContent !== text) part.textContent = text;
    });
    button.setAttribute("aria-current", String(one.id === current));
  }

  function paint() {
    const seen = runs.filter(({ id }, index) => all || index < SHOWN || id === current);
    for (const { id } of seen) if (!rows.has(id)) rows.set(id, made(id));
    for (const [id, item] of rows) if (!seen.some((one) => one.id === id)) { item.remove(); rows.delete(id); }
    seen.forEach((one, index) => {
      const item = rows.get(one.id);
      if (place.children[index] !== item) place.insertBefore(item, place.children[index] ?? null);
      write(one);
    });
    none.hidden = runs.length > 0;
    more.hidden = runs.length <= SHOWN;
    more.textContent = all ? words.runs_fewer : fill(words.runs_all, { count: whole(runs.length) });
    more.setAttribute("aria-expanded", String(all));
  }

  more.addEventListener("click", () => {
    all = !all;
    paint();
  });

  return {
    /* The run that is watched, as it stands now: the list does not lag behind what is seen beside it. */
    mark(id, now) {
      current = id;
      runs = runs.map((one) => (one.id === id ? { ...one, ...now } : one));
      paint();
    },
    show(found) {
      runs = found;
      paint();
    },
  };
}
