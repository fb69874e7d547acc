/* What panels are made of: elements that are changed in place, so that whoever is on a button stays there, numbers as
   they are said, and pictures cut from strips. Every name goes through textContent. */

function fill(sentence, values = {}) {
  return sentence.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? values[name] : hole));
}

/* A softmax is never quite 0 or 1, whatever it is rounded to, so neither is what is said. */
function percentOf(share) {
  if (share >= 0.9995) return ">99.9 %";
  return share < 0.0005 ? "<0.1 %" : `${(100 * share).toFixed(1)} %`;
}

/* How many of a number of things: that can be none or all. */
const rateOf = (share) => (share === 1 ? "100 %" : share === 0 ? "0 %" : percentOf(share));

const short = (value) => (value === null ? "–" : String(Number(value.toPrecision(3))).replace("-", "−"));

function make(tag, text = "", name = "") {
  const part = document.createElement(tag);
  part.textContent = text;
  if (name) part.className = name;
  return part;
}

/* As many children of a tag as wanted, each the one that stood there before if there was one. */
function children(place, tag, count) {
  while (place.children.length > count) place.lastChild.remove();
  while (place.children.length < count) place.append(document.createElement(tag));
  return [...place.children];
}

/* Picture number `index` of a strip of squares (or of tiles of `width` by `height`), drawn once the strip is there. */
function cut(canvas, strip, index, width = 0, height = 0) {
  const image = loaded(strip);
  const draw = () => {
    if (canvas.strip !== image) return; // another picture was put here since
    const high = height || image.naturalHeight;
    const wide = width || high;
    canvas.width = wide;
    canvas.height = high;
    canvas.getContext("2d").drawImage(image, index * wide, 0, wide, high, 0, 0, wide, high);
  };
  canvas.strip = image;
  if (image.complete) draw();
  else image.addEventListener("load", draw, { once: true });
}

const strips = new Map();
const STRIPS_KEPT = 8;

function loaded(address) {
  if (!strips.has(address)) {
    const image = new Image();
    image.src = address;
    strips.set(address, image);
    if (strips.size > STRIPS_KEPT) strips.delete(strips.keys().next().value);
  }
  return strips.get(address);
}
