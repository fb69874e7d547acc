/* One panel of a run: its curves, its axes and what happened, on a canvas. Knows nothing of where the numbers come from.
   Lengths are CSS pixels. */

const MARK_ROWS = 3; // of names, one below the other
const ROW = 18;
const SLIM = { left: 48, right: 14, top: 6, bottom: 6 }; // without numbers under it

/* `range` gives [low, high] of what is drawn, `format` writes a tick. */
function panel(canvas, words, { range, format, named }) {
  const slim = named === "lr";
  const { context, begin, show, values, along, line, dot } = sheet(canvas, slim ? SLIM : EDGE);
  let frame = null; // where data lie on the canvas, since the last drawing

  /* `curve` is {at, low, high, smooth, points, width}; see `view` for the rest. The curves are drawn up to step `head`. */
  function draw(curve, { last, head, perEpoch, epochs, level, marks, log, byEpoch }) {
    const [low, high] = range({ ...curve, level, log });
    const place = begin({ low, high, last, log });
    if (!place) return;
    frame = place;
    const names = named === "loss" ? rows(marks) : [];
    frame.top += ROW * (1 + Math.max(-1, ...names.map(({ row }) => row))); // so that no name hides what was measured
    const colours = inks(canvas);
    const count = (frame.bottom - frame.top) / 36;
    values(colours, slim ? [low, high] : log ? logTicks(low, high, 1.5 * count) : roundTicks(low, high, count), format);
    if (!slim) along(colours, byEpoch ? words.epoch_axis : words.step_axis, byEpoch ? perEpoch : 1);
    line([[frame.left, frame.bottom + 0.5], [frame.right, frame.bottom + 0.5]], slim ? colours.rule : colours.edge, 1);
    if (epochs.length) epochLines(colours, epochs, !slim && !byEpoch);
    if (level !== null) line([[frame.left, frame.y(level)], [frame.right, frame.y(level)]], colours.edge, 1.5, [2, 4]);
    context.save();
    context.beginPath();
    context.rect(frame.left, 0, Math.min(frame.x(head), frame.right) - frame.left + 6, frame.bottom + 4);
    context.clip();
    if (curve.width > 1) band(curve, colours.train);
    else {
      context.globalAlpha = 0.45;
      line(thinned(frame, curve.at, curve.low, extremes), colours.train, 1);
      context.globalAlpha = 1;
    }
    const learned = thinned(frame, curve.at, curve.smooth, middle);
    line(learned, colours.train, slim ? 2 : 2.5);
    const seen = learned.filter((place) => place !== null);
    if (seen.length === 1) dot(...seen[0], 3, colours.train, colours.train); // a line needs two
    const points = curve.points.filter((point) => point.value !== null);
    const places = points.map((point) => [frame.x(point.step), frame.y(point.value)]);
    line(places, colours.validation, 2.5, [8, 5]);
    if (places.length < 2 * (frame.right - frame.left)) {
      for (const [x, y] of places) dot(x, y, places.length > 60 ? 2.5 : 4.5, colours.paper, colours.validation);
    }
    context.restore();
    marked(colours, marks, names);
  }

  /* Show what was drawn, and the crosshair over it if there is one. */
  const aim = (curve, cursor) => show(cursor && ((pen) => crosshair(curve, inks(canvas), cursor, pen)));

  /* A line where each epoch ends; as many of them as there is room for, `numbered` where the axis
     below counts steps. */
  function epochLines(colours, epochs, numbered) {
    const gap = frame.x(epochs[0]) - frame.left;
    let every = 1;
    for (const factor of [2, 2.5, 2]) if (every * gap < 26) every *= factor;
    while (every * gap < 26) every *= 10;
    context.fillStyle = colours.text;
    context.textAlign = "right";
    context.textBaseline = "alphabetic";
    if (numbered) context.fillText(words.epoch_axis, frame.left - 5, frame.ceiling - 11);
    for (let number = every; number <= epochs.length; number += every) {
      const step = epochs[number - 1];
      if (step > frame.last) return;
      const x = Math.round(frame.x(step)) + 0.5;
      line([[x, frame.ceiling], [x, frame.bottom]], colours.rule, 1);
      if (numbered) context.fillText(number.toLocaleString("en"), x - 3, frame.ceiling - 11);
    }
  }

  /* Buckets, each from its lowest to its highest value. */
  function band({ at, low, high }, colour) {
    const wide = Math.max(1, frame.x(at(1)) - frame.x(at(0)));
    context.globalAlpha = 0.3;
    context.fillStyle = colour;
    context.beginPath();
    low.forEach((value, index) => {
      if (value === null) return;
      const [top, bottom] = [frame.y(high[index]), frame.y(value)];
      context.rect(frame.x(at(index)) - wide / 2, top, wide, Math.max(1, bottom - top));
    });
    context.fill();
    context.globalAlpha = 1;
  }

  /* Where the names of what happened stand over the curves: each on the side that has room, in the first row in which no other
     is. Where all rows are taken, the table of epochs tells of it. */
  function rows(marks) {
    const taken = Array(MARK_ROWS).fill(-Infinity);
    return marks.flatMap(({ step, label }) => {
      const [x, length] = [frame.x(step), context.measureText(label).width];
      const left = x + 8 + length < frame.right ? x + 8 : x - 8 - length;
      const row = taken.findIndex((end) => end < left);
      if (row >= 0) taken[row] = left + length + 8;
      return row < 0 ? [] : [{ left, row, label }];
    });
  }

  /* Lines where something happened, and their names. */
  function marked(colours, marks, names) {
    for (const { step } of marks) {
      const x = frame.x(step);
      line([[x, frame.ceiling], [x, frame.bottom]], colours.validation, 2);
    }
    context.fillStyle = colours.validation;
    context.textBaseline = "top";
    context.textAlign = "left";
    for (const { left, row, label } of names) context.fillText(label, left, frame.ceiling + 2 + ROW * row);
  }

  function crosshair(curve, colours, { index, step, checked }, pen) {
    line([[frame.x(step), frame.top], [frame.x(step), frame.bottom]], colours.strong, 1, [], pen);
    const value = curve.smooth[index];
    if (value !== null) dot(frame.x(step), frame.y(value), 4, colours.train, colours.paper, pen);
    if (checked && checked.value !== null) {
      dot(frame.x(checked.step), frame.y(checked.value), 5.5, colours.validation, colours.paper, pen);
    }
  }

  return {
    canvas, draw, aim, named,
    stepAt: (x) => (frame ? frame.stepAt(x) : 0),
    pixels: (steps) => (frame ? frame.x(steps) - frame.x(0) : 0),
  };
}
