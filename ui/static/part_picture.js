/* Buttons are no part of what a page shows, nor is what was not chosen. */
const LEFT_OUT = '[data-do], input, .predict-changes, .predict-hint, label:has(input[type="radio"]:not(:checked))';

/* A part of the page as a picture: its pictures, bars, frames and texts, as they stand on the screen, twice as fine; a
   caption below says what it is of. */
function partAsPicture(part, caption) {
  const [FINE, EDGE, LINE] = [2, 16, 28];
  const whole = part.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [whole.width, whole.height + LINE].map((size) => FINE * (Math.ceil(size) + 2 * EDGE));
  const pen = canvas.getContext("2d");
  pen.fillStyle = getComputedStyle(part).getPropertyValue("--lab-paper");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(FINE, 0, 0, FINE, FINE * (EDGE - whole.left), FINE * (EDGE - whole.top));

  function text(node, style) {
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    pen.fillStyle = style.color;
    const words = document.createRange();
    for (const found of node.data.matchAll(/\S+/g)) {
      words.setStart(node, found.index);
      words.setEnd(node, found.index + found[0].length);
      const { left, top, width } = words.getBoundingClientRect();
      if (width) pen.fillText(found[0], left, top + pen.measureText(found[0]).fontBoundingBoxAscent);
    }
  }

  function element(one, style) {
    const { left, top, width, height } = one.getBoundingClientRect();
    if (!width || !height) return;
    pen.fillStyle = style.backgroundColor;
    pen.fillRect(left, top, width, height);
    if (one instanceof HTMLImageElement || one instanceof HTMLCanvasElement) {
      pen.imageSmoothingEnabled = style.imageRendering !== "pixelated";
      if (one.naturalWidth || one.width) pen.drawImage(one, left, top, width, height);
    }
    if (style.outlineStyle === "solid") {
      [pen.strokeStyle, pen.lineWidth] = [style.outlineColor, parseFloat(style.outlineWidth)];
      pen.strokeRect(left, top, width, height);
    }
    if (one instanceof HTMLSelectElement) {
      pen.font = `${style.fontSize} ${style.fontFamily}`;
      pen.fillStyle = style.color;
      pen.fillText(one.selectedOptions[0]?.textContent ?? "", left + parseFloat(style.paddingLeft), top + 0.65 * height, width);
    }
  }

  function draw(one, opacity) {
    const style = getComputedStyle(one);
    if (!one.checkVisibility() || one.matches(LEFT_OUT)) return;
    const clear = opacity * Number(style.opacity);
    pen.globalAlpha = clear;
    element(one, style);
    if (one instanceof HTMLSelectElement) return;
    for (const child of one.childNodes) {
      if (child instanceof Text) text(child, style);
      else if (child instanceof HTMLElement) draw(child, clear);
      pen.globalAlpha = clear;
    }
  }

  draw(part, 1);
  const { color, fontFamily } = getComputedStyle(part);
  [pen.globalAlpha, pen.fillStyle, pen.font] = [1, color, `13px ${fontFamily}`];
  pen.fillText(caption, whole.left, whole.bottom + LINE, whole.width);
  return canvas;
}
