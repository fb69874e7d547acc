/* What a chart is drawn on: a canvas in the page's own colours, the frame in which data lie, axes, lines and dots. All of
   it is kept, so that a crosshair, which moves more often, is drawn over it alone. Lengths are CSS pixels. */

const EDGE = { left: 48, right: 14, top: 24, bottom: 34 };

/* What a canvas draws with, read from the page's own variables at every drawing: light and dark follow by themselves. */
function inks(element) {
  const style = getComputedStyle(element);
  const ink = (name) => style.getPropertyValue(`--lab-${name}`).trim();
  return {
    ink, text: ink("soft"), strong: ink("ink"), rule: ink("rule"), edge: ink("edge"), paper: ink("raised"),
    train: ink("accent"), validation: ink("warn"), font: `13px ${ink("sans")}`,
  };
}

function sheet(canvas, edge) {
  const shown = canvas.getContext("2d");
  const still = document.createElement("canvas"); // all but the crosshair
  const context = still.getContext("2d");
  let frame = null; // where data lie on the canvas, since the last drawing; what is written over them begins at its ceiling

  /* Begin anew: values from `low` to `high` over steps up to `last`. Returns the frame; null in a tab that is not open. */
  function begin({ low, high, last, log = false }) {
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!width || !height) return null;
    const scale = window.devicePixelRatio || 1;
    for (const each of [canvas, still]) {
      if (each.width === Math.round(width * scale) && each.height === Math.round(height * scale)) continue;
      each.width = Math.round(width * scale);
      each.height = Math.round(height * scale);
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = inks(canvas).font;
    const size = log ? (value) => Math.log(Math.max(value, low)) : (value) => value;
    const [least, most] = [size(low), size(high)];
    frame = {
      last, left: edge.left, right: width - edge.right, top: edge.top, bottom: height - edge.bottom, ceiling: edge.top,
      x: (step) => edge.left + (step / last) * (width - edge.left - edge.right),
      y: (value) => frame.bottom - ((size(value) - least) / (most - least)) * (frame.bottom - frame.top),
      stepAt: (x) => ((x - edge.left) / (width - edge.left - edge.right)) * last,
    };
    return frame;
  }

  /* Show what was drawn, and over it what `cross` draws with the pen it is given. */
  function show(cross) {
    if (!still.width || !frame) return;
    shown.setTransform(1, 0, 0, 1, 0, 0);
    shown.clearRect(0, 0, canvas.width, canvas.height);
    shown.drawImage(still, 0, 0);
    const scale = window.devicePixelRatio || 1;
    shown.setTransform(scale, 0, 0, scale, 0, 0);
    if (cross) cross(shown);
  }

  /* The axis of values: a line and a number at each tick. */
  function values(colours, ticks, format) {
    context.fillStyle = colours.text;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const tick of ticks) {
      const y = Math.round(frame.y(tick)) + 0.5;
      line([[frame.left, y], [frame.right, y]], colours.rule, 1);
      context.fillText(format(tick), frame.left - 5, y); // six digits have room
    }
  }

  /* The axis under the curves, called `label`, in units of `unit` steps. */
  function along(colours, label, unit = 1) {
    const free = frame.right - context.measureText(label).width - 12;
    context.fillStyle = colours.text;
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

  function dot(x, y, radius, fill, stroke, pen = context) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fillStyle = fill;
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = stroke;
    pen.stroke();
  }

  return { context, begin, show, values, along, line, dot };
}

/* Calls `draw(stale)` at most once a frame, however often it is asked for: `all` says that everything is to be drawn anew,
   `soon` that nothing but the crosshair has changed. */
function eachFrame(draw) {
  let waiting = false;
  let stale = true;
  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw(stale);
      stale = false;
    });
  }
  return {
    soon,
    all() {
      stale = true;
      soon();
    },
  };
}
