/* One panel of a run: its curves, its axes and what happened, on a canvas. Knows nothing of where the numbers come from.
   Lengths are CSS pixels. */

const EDGE = { left: 48, right: 14, top: 24, bottom: 34 };
const SLIM = { left: 48, right: 14, top: 6, bottom: 6 }; // without numbers under it

/* What a canvas draws with, read from the page's own variables at every drawing: light and dark follow by themselves. */
function inks(element) {
  const style = getComputedStyle(element);
  const ink = (name) => style.getPropertyValue(`--lab-${name}`).trim();
  return {
    text: ink("soft"), strong: ink("ink"), rule: ink("rule"), edge: ink("edge"), paper: ink("raised"),
    train: ink("accent"), validation: ink("warn"), font: `13px ${ink("sans")}`,
  };
}

/* `range` gives [low, high] of what is drawn, `format` writes a tick. */
function panel(canvas, words, { range, format, named }) {
  const shown = canvas.getContext("2d");
  const still = document.createElement("canvas"); // all but the crosshair, which moves more often
  const context = still.getContext("2d");
  const slim = named === "lr";
  const edge = slim ? SLIM : EDGE;
  let frame = null; // where data lie on the canvas, since the last drawing

  /* `curve` is {at, low, high, smooth, points, width}; see `view` for the rest. The curves are drawn up to step `head`. */
  function draw(curve, { last, head, perEpoch, epochs, level, marks, log, byEpoch }) {
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!width || !height) return; // in a tab that is not open
    const scale = window.devicePixelRatio || 1;
    for (const each of [canvas, still]) {
      if (each.width === Math.round(width * scale) && each.height === Math.round(height * scale)) continue;
      each.width = Math.round(width * scale);
      each.height = Math.round(height * scale);
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const colours = inks(canvas);
    const [low, high] = range({ ...curve, level, log });
    const size = log ? (value) => Math.log(Math.max(value, low)) : (value) => value;
    const [least, most] = [size(low), size(high)];
    frame = {
      last, left: edge.left, right: width - edge.right, top: edge.top, bottom: height - edge.bottom,
      x: (step) => edge.left + (step / last) * (width - edge.left - edge.right),
      y: (value) => height - edge.bottom - ((size(value) - least) / (most - least)) * (height - edge.top - edge.bottom),
      stepAt: (x) => ((x - edge.left) / (width - edge.left - edge.right)) * last,
    };
    context.font = colours.font;
    values(colours, low, high, log);
    if (!slim) along(colours, byEpoch ? perEpoch : 1);
    line([[frame.left, frame.bottom + 0.5], [frame.right, frame.bottom + 0.5]], slim ? colours.rule : colours.edge, 1);
    if (epochs.length) epochLines(colours, epochs);
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
    marked(colours, marks);
  }

  /* Show what was drawn, and the crosshair over it if there is one. */
  function aim(curve, cursor) {
    if (!still.width || !frame) return;
    shown.setTransform(1, 0, 0, 1, 0, 0);
    shown.clearRect(0, 0, canvas.width, canvas.height);
    shown.drawImage(still, 0, 0);
    const scale = window.devicePixelRatio || 1;
    shown.setTransform(scale, 0, 0, scale, 0, 0);
    if (cursor !== null) crosshair(curve, inks(canvas), cursor);
  }

  function values(colours, low, high, log) {
    const count = (frame.bottom - frame.top) / 36;
    const ticks = slim ? [high] : log ? logTicks(low, high, 1.5 * count) : roundTicks(low, high, count);
    context.fillStyle = colours.text;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const tick of ticks) {
      const y = Math.round(frame.y(tick)) + 0.5;
      line([[frame.left, y], [frame.right, y]], colours.rule, 1);
      context.fillText(format(tick), frame.left - 8, y);
    }
  }

  /* The axis under the curves, in units of `unit` steps: steps or epochs. */
  function along(colours, unit) {
    const label = unit > 1 ? words.epoch_axis : words.step_axis;
    const free = frame.right - context.measureText(label).width - 12;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of roundTicks(0, frame.last / unit, (frame.right - frame.left) / 90)) {
      if (frame.last <= 1 || (unit === 1 && !Number.isInteger(tick))) continue;
      const [x, text] = [frame.x(tick * unit), Number(tick.toFixed(3)).toLocaleString("en")];
      line([[x, frame.bottom], [x, frame.bottom + 4]], colours.edge, 1);
      if (x + context.measureText(text).width / 2 < free) context.fillText(text, x, frame.bottom + 8);
    }
    context.textAlign = "right";
    context.fillText(label, frame.right, frame.bottom + 8);
  }

  /* A line where each epoch ends; as many of them are numbered as there is room for. */
  function epochLines(colours, epochs) {
    const gap = frame.x(epochs[0]) - frame.left;
    let every = 1;
    for (const factor of [2, 2.5, 2]) if (every * gap < 26) every *= factor;
    while (every * gap < 26) every *= 10;
    context.fillStyle = colours.text;
    context.textAlign = "right";
    context.textBaseline = "alphabetic";
    if (!slim) context.fillText(words.epoch_axis, frame.left - 8, frame.top - 11);
    for (let number = every; number <= epochs.length; number += every) {
      const step = epochs[number - 1];
      if (step > frame.last) return;
      const x = Math.round(frame.x(step)) + 0.5;
      line([[x, frame.top], [x, frame.bottom]], colours.rule, 1);
      if (!slim) context.fillText(number.toLocaleString("en"), x - 3, frame.top - 11);
    }
  }

  function line(places, colour, width, dash = [], pen = context) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.setLineDash(dash);
    pen.lineJoin = "round";
    pen.beginPath();
    let drawing = false;
    for (const place of places) {
      if (place === null) drawing = false;
      else if (drawing) pen.lineTo(place[0], place[1]);
      else {
        pen.moveTo(place[0], place[1]);
        drawing = true;
      }
    }
    pen.stroke();
    pen.setLineDash([]);
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

  /* Lines where something happened. The upper panel names them, each on the side that has room, where no other name is. */
  function marked(colours, marks) {
    let taken = -Infinity;
    for (const { step, label } of marks) {
      const x = frame.x(step);
      line([[x, frame.top], [x, frame.bottom]], colours.validation, 2);
      if (named !== "loss" || x < taken) continue;
      const length = context.measureText(label).width;
      const fits = x + 8 + length < frame.right;
      taken = x + length + 16;
      context.fillStyle = colours.paper;
      context.fillRect(fits ? x + 5 : x - 11 - length, frame.top + 2, length + 6, 19);
      context.fillStyle = colours.validation;
      context.textBaseline = "top";
      context.textAlign = fits ? "left" : "right";
      context.fillText(label, fits ? x + 8 : x - 8, frame.top + 5);
    }
  }

  function crosshair(curve, colours, { index, step, checked }) {
    line([[frame.x(step), frame.top], [frame.x(step), frame.bottom]], colours.strong, 1, [], shown);
    const value = curve.smooth[index];
    if (value !== null) dot(frame.x(step), frame.y(value), 4, colours.train, colours.paper, shown);
    if (checked && checked.value !== null) {
      dot(frame.x(checked.step), frame.y(checked.value), 5.5, colours.validation, colours.paper, shown);
    }
  }

  function dot(x, y, radius, fill, stroke, pen = context) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fillStyle = fill;
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = stroke;
    pen.stroke();
  }

  return {
    canvas, draw, aim, named,
    stepAt: (x) => (frame ? frame.stepAt(x) : 0),
    pixels: (steps) => (frame ? frame.x(steps) - frame.x(0) : 0),
  };
}
