/* The two charts of a run: loss and accuracy over one axis of steps. Knows nothing of where the numbers come from.

   A curve is {step: [], raw: [], smooth: [], points: [{step, value}]}; null values are gaps. Lengths are CSS pixels. */

const EDGE = { left: 48, right: 14, top: 18, bottom: 34 };
const SMOOTHING = 0.9; // of the running mean: about the last ten steps

/* A running mean that is fair to its first values: without the correction it would start from zero. */
function smoother() {
  let mean = 0;
  let weight = 0;
  return (value) => {
    if (value === null) return null;
    mean = SMOOTHING * mean + (1 - SMOOTHING) * value;
    weight = SMOOTHING * weight + (1 - SMOOTHING);
    return mean / weight;
  };
}

/* About `count` round numbers from `low` to `high`. */
function roundTicks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const ticks = [];
  for (let tick = Math.ceil(low / step - 1e-9) * step; tick <= high + step * 1e-6; tick += step) ticks.push(tick || 0); // no -0
  return ticks;
}

/* Where the axis of steps ends: at the run's end, halved while the curve so far still fits well into half of it.
   The axis thus doubles now and then, instead of squeezing the first minutes of a long run into its left edge. */
function axisEnd(started, step) {
  if (!started) return 1;
  let end = started.steps;
  while (end / 2 >= Math.max(started.steps_per_epoch, 1.05 * step)) end /= 2;
  return Math.max(end, step);
}

/* The value below which the given share of all values lies: one wild step must not flatten the rest. */
function quantile(values, share) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : null;
}

/* What a canvas draws with, read from the page's own variables at every drawing: light and dark follow by themselves. */
function inks(element) {
  const style = getComputedStyle(element);
  const ink = (name) => style.getPropertyValue(`--lab-${name}`).trim();
  return {
    text: ink("soft"), strong: ink("ink"), rule: ink("rule"), edge: ink("edge"), paper: ink("raised"),
    train: ink("accent"), validation: ink("warn"), font: `13px ${ink("sans")}`,
  };
}

/* One panel. `range(curve)` gives [low, high]; `format` writes a tick; `level` is a horizontal line or null,
   `mark` a step with a label, or null. */
function panel(canvas, words, { range, format, named }) {
  const context = canvas.getContext("2d");
  let frame = null; // where data lie on the canvas, since the last drawing

  function draw(curve, { last, epochs, level, cursor, mark }) {
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!width || !height) return; // in a tab that is not open
    const scale = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const colours = inks(canvas);
    const [low, high] = range(curve, level);
    frame = {
      last, left: EDGE.left, right: width - EDGE.right, top: EDGE.top, bottom: height - EDGE.bottom,
      x: (step) => EDGE.left + (step / last) * (width - EDGE.left - EDGE.right),
      y: (value) => height - EDGE.bottom - ((value - low) / (high - low)) * (height - EDGE.top - EDGE.bottom),
      stepAt: (x) => ((x - EDGE.left) / (width - EDGE.left - EDGE.right)) * last,
    };
    context.font = colours.font;
    axes(frame, colours, { low, high, last, epochs });
    context.save();
    context.beginPath();
    context.rect(frame.left, frame.top - 4, frame.right - frame.left + 6, frame.bottom - frame.top + 8);
    context.clip();
    if (level !== null) line([[frame.left, frame.y(level)], [frame.right, frame.y(level)]], colours.edge, 1, [2, 4]);
    context.globalAlpha = 0.45;
    line(thinned(frame, curve.step, curve.raw, extremes), colours.train, 1);
    context.globalAlpha = 1;
    const learned = thinned(frame, curve.step, curve.smooth, middle);
    line(learned, colours.train, 2);
    const seen = learned.filter((place) => place !== null);
    if (seen.length === 1) dot(...seen[0], 3, colours.train, colours.train); // a line needs two
    const points = curve.points.filter((point) => point.value !== null);
    const places = points.map((point) => [frame.x(point.step), frame.y(point.value)]);
    line(places, colours.validation, 2.5, [8, 5]);
    for (const [x, y] of places) dot(x, y, places.length > 60 ? 2.5 : 4.5, colours.paper, colours.validation);
    context.restore();
    if (mark) marked(frame, colours, mark);
    if (cursor !== null) line([[frame.x(cursor), frame.top], [frame.x(cursor), frame.bottom]], colours.strong, 1);
  }

  function axes(frame, colours, { low, high, last, epochs }) {
    context.fillStyle = colours.text;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const tick of roundTicks(low, high, (frame.bottom - frame.top) / 42)) {
      const y = Math.round(frame.y(tick)) + 0.5;
      line([[frame.left, y], [frame.right, y]], colours.rule, 1);
      context.fillText(format(tick), frame.left - 8, y);
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of roundTicks(0, last, (frame.right - frame.left) / 90)) {
      if (last <= 1 || !Number.isInteger(tick)) continue;
      const x = frame.x(tick);
      line([[x, frame.bottom], [x, frame.bottom + 4]], colours.edge, 1);
      if (x < frame.right - 46) context.fillText(tick.toLocaleString("en"), x, frame.bottom + 8);
    }
    context.textAlign = "right";
    context.fillText(words.step_axis, frame.right, frame.bottom + 8);
    line([[frame.left, frame.bottom + 0.5], [frame.right, frame.bottom + 0.5]], colours.edge, 1);
    if (epochs.length) epochLines(frame, colours, epochs);
  }

  /* A line where each epoch ends; as many of them are numbered as there is room for. */
  function epochLines(frame, colours, epochs) {
    const gap = frame.x(epochs[0]) - frame.left;
    const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((count) => count * gap >= 26) || 2000;
    context.textAlign = "right";
    context.textBaseline = "alphabetic";
    epochs.forEach((step, index) => {
      if ((index + 1) % every || step > frame.last) return;
      const x = Math.round(frame.x(step)) + 0.5;
      line([[x, frame.top], [x, frame.bottom]], colours.rule, 1);
      const first = index + 1 === every && every * gap > 76;
      context.fillText(first ? `${words.epoch_axis} ${index + 1}` : `${index + 1}`, x - 3, frame.top - 4);
    });
  }

  function line(places, colour, width, dash = []) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.lineJoin = "round";
    context.beginPath();
    let drawing = false;
    for (const place of places) {
      if (place === null) drawing = false;
      else if (drawing) context.lineTo(place[0], place[1]);
      else {
        context.moveTo(place[0], place[1]);
        drawing = true;
      }
    }
    context.stroke();
    context.setLineDash([]);
  }

  /* A labelled line where something happened; the label stands on the side that has room for it. */
  function marked(frame, colours, { step, label }) {
    const x = frame.x(step);
    line([[x, frame.top], [x, frame.bottom]], colours.validation, 2);
    const fits = x + 8 + context.measureText(label).width < frame.right;
    context.fillStyle = colours.validation;
    context.textBaseline = "top";
    context.textAlign = fits ? "left" : "right";
    context.fillText(label, fits ? x + 8 : x - 8, frame.top + 6);
  }

  function dot(x, y, radius, fill, stroke) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = stroke;
    context.stroke();
  }

  /* What a screen reader is told instead of the picture. */
  function describe(sentence) {
    canvas.setAttribute("aria-label", sentence);
  }

  return { canvas, draw, describe, named, stepAt: (x) => (frame ? frame.stepAt(x) : 0) };
}

/* What stands for the values of several steps that share a pixel column: their lowest and highest, which cover the
   same ink as all of them would, or their mean. */
const extremes = ({ low, high }) => [low, high];
const middle = ({ sum, count }) => [sum / count];

/* Places of a curve on the canvas, at most a few for each pixel it is wide; null where the line breaks. */
function thinned(frame, steps, values, stand) {
  const places = [];
  if (steps.length <= 2 * (frame.right - frame.left)) {
    for (let i = 0; i < steps.length; i++) {
      places.push(values[i] === null ? null : [frame.x(steps[i]), frame.y(values[i])]);
    }
    return places;
  }
  let column = null;
  const flush = () => {
    if (column) places.push(...stand(column).map((value) => [column.x, frame.y(value)]));
    column = null;
  };
  for (let i = 0; i < steps.length; i++) {
    const x = Math.round(frame.x(steps[i]));
    const value = values[i];
    if (column && (column.x !== x || value === null)) flush();
    if (value === null) {
      places.push(null);
      continue;
    }
    column ??= { x, low: value, high: value, sum: 0, count: 0 };
    column.low = Math.min(column.low, value);
    column.high = Math.max(column.high, value);
    column.sum += value;
    column.count += 1;
  }
  flush();
  return places;
}

/* From zero to a round number above all that matters. */
function lossRange(curve) {
  const points = curve.points.map((point) => point.value);
  const seen = [quantile(curve.raw, 0.98), quantile(curve.smooth, 1), ...points].filter((value) => value !== null);
  if (!seen.length) return [0, 1];
  const most = Math.max(...seen, 1e-3);
  const ticks = roundTicks(0, most, 4);
  const step = ticks[1] ?? most;
  return [0, Math.ceil(most / step - 1e-9) * step];
}

/* From the ten per cent below chance, or below what is seen, to all. */
function accuracyRange(curve, level) {
  const seen = [level, quantile(curve.raw, 0.05), ...curve.points.map((point) => point.value)].filter((v) => v !== null);
  return [seen.length ? Math.max(0, Math.floor(Math.min(...seen) * 10 - 0.5) / 10) : 0, 1];
}
