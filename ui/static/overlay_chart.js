/* The curves of several runs on one chart: each has a colour, a dash and a letter of its own, so that no one of them has
   to tell a run apart alone. Knows nothing of where the numbers come from. */

const LETTERS = ["A", "B", "C", "D", "E", "F"];
const DASHES = [[], [9, 4], [2, 3], [12, 3, 2, 3], [5, 3], [14, 3, 2, 3, 2, 3]]; // pixels drawn and left out
const ROOM = { ...EDGE, top: 10, right: 28 }; // for the letters at the curves' ends
const LETTER = 15; // pixels from one letter to the next

/* `range` gives [low, high] of what is drawn, `format` writes a tick. */
function overlaid(canvas, words, { range, format }) {
  const { context, begin, show, values, along, line, dot } = sheet(canvas, ROOM);
  let frame = null; // where data lie on the canvas, since the last drawing

  /* Each of `lines` is {slot, at, values, dotted}; `last` the axis' end, `level` a value to draw a line at or null,
     `equal` the step that all have reached. */
  function draw(lines, { last, level, equal }) {
    const all = lines.flatMap((each) => each.values);
    const lastOf = (points) => [points.findLast((value) => value !== null) ?? null];
    const kept = lines.flatMap((each) => (each.dotted ? each.values : lastOf(each.values))); // one an epoch: none may leave
    const points = kept.map((value) => ({ value }));
    const [low, high] = range({ low: all, high: all, smooth: [], points, level, log: false });
    const place = begin({ low, high, last });
    if (!place) return;
    frame = place;
    const colours = inks(canvas);
    values(colours, roundTicks(low, high, (frame.bottom - frame.top) / 36), format);
    along(colours, words.step_axis);
    line([[frame.left, frame.bottom + 0.5], [frame.right, frame.bottom + 0.5]], colours.edge, 1);
    if (level !== null) line([[frame.left, frame.y(level)], [frame.right, frame.y(level)]], colours.edge, 1.5, [2, 4]);
    if (equal) line([[frame.x(equal), frame.top], [frame.x(equal), frame.bottom]], colours.edge, 1, [4, 3]);
    context.save();
    context.beginPath();
    context.rect(frame.left - 6, frame.top - 6, frame.right - frame.left + 12, frame.bottom - frame.top + 10);
    context.clip(); // one wild curve may leave the chart
    for (const each of lines) curve(each, colours.ink(`run-${each.slot + 1}`), colours.paper);
    context.restore();
    letters(lines, colours);
  }

  function curve({ slot, at, values: points, dotted }, colour, paper) {
    const places = thinned(frame, at, points, middle);
    line(places, colour, 2.5, DASHES[slot]);
    const seen = places.filter((place) => place !== null);
    if (seen.length === 1 || (dotted && seen.length < (frame.right - frame.left) / 8)) {
      for (const [x, y] of seen) dot(x, y, 3.5, paper, colour);
    }
  }

  /* A letter at each curve's end; where ends meet one stands below the other. */
  function letters(lines, colours) {
    const taken = [];
    const ends = lines.flatMap(({ slot, at, values: points }) => {
      const index = points.findLastIndex((value) => value !== null);
      return index < 0 ? [] : [{ slot, x: frame.x(at(index)) + 8, y: frame.y(points[index]) }];
    }).sort((one, other) => one.y - other.y);
    context.font = `600 ${colours.font}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const { slot, x, y } of ends) {
      let free = Math.max(frame.top, Math.min(frame.bottom, y));
      for (const other of taken) if (Math.abs(other.x - x) < LETTER) free = Math.max(free, other.y + LETTER);
      taken.push({ x, y: free });
      context.lineWidth = 4;
      context.strokeStyle = colours.paper;
      context.strokeText(LETTERS[slot], x, free);
      context.fillStyle = colours.ink(`run-${slot + 1}`);
      context.fillText(LETTERS[slot], x, free);
    }
  }

  /* Show what was drawn, and over it the step `cross` with `points`, [{slot, step, value}]; nothing if it is null. */
  function aim(cross, points) {
    show(cross !== null && ((pen) => {
      const colours = inks(canvas);
      line([[frame.x(cross), frame.top], [frame.x(cross), frame.bottom]], colours.strong, 1, [], pen);
      for (const { slot, step, value } of points) {
        dot(frame.x(step), frame.y(value), 4.5, colours.ink(`run-${slot + 1}`), colours.paper, pen);
      }
    }));
  }

  return { canvas, draw, aim, stepAt: (x) => (frame ? frame.stepAt(x) : 0) };
}

/* A run's line and letter, for a table. */
function swatch(slot) {
  const part = (tag, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const drawing = part("svg", { width: 34, height: 10, viewBox: "0 0 34 10", "aria-hidden": true });
  drawing.append(part("path", { d: "M0 5H34", "stroke-width": 2.5, "stroke-dasharray": DASHES[slot].join(" ") }));
  const mark = document.createElement("span");
  mark.className = "over-mark";
  mark.dataset.slot = slot;
  mark.append(drawing, Object.assign(document.createElement("b"), { textContent: LETTERS[slot] }));
  return mark;
}
