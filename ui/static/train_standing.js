/* How a run stands that nobody trains at the moment, in sentences: it waits, is paused, or was left. What the server says of it
   is {ahead, holds_up, makes_way_in, command}; `mine`: this browser may steer it. */

/* In how many minutes at most, said so seldom that a screen reader is not kept talking. */
function within(seconds, soon, later) {
  const minutes = Math.ceil(seconds / 60);
  return minutes > 1 ? fill(later, { minutes }) : soon;
}

/* It is in the queue: for what, and at which place. */
function waitingFor({ ahead, holds_up: heldUp, makes_way_in: left }, words) {
  if (!ahead) return words.next;
  const paused = heldUp === "paused";
  const [one, more] = paused ? [words.queued_paused_one, words.queued_paused] : [words.queued_one, words.queued];
  const place = fill(ahead === 1 ? one : more, { ahead });
  return missing(left) ? place : `${place} ${within(left, words.makes_way_soon, words.makes_way)}`;
}

/* What more there is to say of it; nothing while it trains. `end` tells of a run that made way. */
function noteOf(state, end, { mine, makes_way_in: left, command }, words) {
  if (state === "paused" && !missing(left)) return within(left, words.leaves_soon, words.leaves);
  if (state !== "interrupted") return "";
  const why = madeWay(end) && fill(words.set_aside, { minutes: Math.floor(end.seconds / 60) });
  const cure = mine ? words.goes_on_here : words.goes_on_there;
  return [why, cure, command && !mine && fill(words.goes_on_by, { command })].filter(Boolean).join(" ");
}

const madeWay = (end) => Boolean(end) && end.kind === "made_way";
