/* What is said where the compared runs have nothing to draw yet: that they wait, for what, and how many come first. */

/* `members` are the compared runs with what the server said of each last, `others` the rows of all other runs, `titles` what
   the ready-made experiments are called. Nothing once a step was taken. */
function waiting(members, others, words, titles) {
  const told = members.map(({ standing }) => standing).filter(Boolean);
  if (!told.length || members.some(({ known }) => known.step())) return "";
  const stands = (name) => told.some(({ state }) => state === name);
  if (stands("preparing")) return words.wait_preparing;
  if (stands("running")) return words.wait_running;
  if (stands("paused")) return words.wait_resumed;
  const queued = told.filter(({ state }) => state === "queued");
  if (!queued.length) return stands("interrupted") ? words.wait_interrupted : words.wait_over;
  const ahead = Math.min(...queued.map((each) => each.ahead));
  if (!ahead) return words.wait_starting;
  const paused = queued[0].holds_up === "paused";
  const place = paused ? (ahead === 1 ? words.wait_paused_one : words.wait_paused) : ahead === 1 ? words.wait_one : words.wait;
  const runs = inSlots(others, titles).join(", ");
  const now = runs && fill(paused ? words.wait_paused_now : words.wait_now, { runs });
  return [fill(place, { ahead }), now].filter(Boolean).join(" ");
}

/* What is trained or paused now, each set once. On a public page nobody is told of other people's runs. */
function inSlots(rows, titles) {
  const taken = rows.filter(({ state }) => ["preparing", "running", "paused"].includes(state));
  return [...new Set(taken.map((row) => titles.get(row.experiment?.name) ?? row.title))];
}
