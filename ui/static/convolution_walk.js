/* The kernel walking over a padded picture, as SVG: input left (above, where it is narrow), output right. One cell is one
   pixel on both sides, so that a halved output is half as large. Text goes in through textContent. */

const PACE = 600; // milliseconds a place while it plays
const CELL = { least: 12, most: 40, roomy: 20, tall: 380 }; // pixels: a cell's side, and the height of a tall grid
const MARGIN = { number: 22, title: 24, between: 72, below: 20, end: 2, caption: 150 };
const SHEET = 3; // pixels from one sheet of a stack to the next

const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
const span = (count) => Array.from({ length: count }, (_, index) => index);

/* A stack is one sheet deeper with each doubling of the channels: 1, 3 and 64 channels look it, 512 still fit. */
const sheets = (channels) => Math.round(Math.log2(channels));

/* Where everything lies, in pixels, for `plan` in a drawing `width` pixels wide. */
function layout(plan, width) {
  const padded = plan.side + 2 * plan.padding;
  const { number, title, between, below, end, caption } = MARGIN;
  const [deepIn, deepOut] = [SHEET * sheets(plan.in), SHEET * sheets(plan.out)];
  const besides = Math.floor((width - 2 * number - between - deepIn - deepOut - end) / (padded + plan.places));
  const beside = besides >= CELL.roomy;
  const alone = Math.floor((width - number - deepIn - end) / padded);
  const cell = Math.max(CELL.least, Math.min(CELL.most, Math.floor(CELL.tall / padded), beside ? besides : alone));
  const input = { x: number, y: title + number, cells: padded, deep: deepIn };
  const output = beside
    ? { x: input.x + padded * cell + deepIn + between + number, y: input.y + Math.floor(((padded - plan.places) * cell) / 2) }
    : { x: number, y: input.y + padded * cell + deepIn + below + title + number };
  Object.assign(output, { cells: plan.places, deep: deepOut });
  const right = (grid) => grid.x + Math.max(grid.cells * cell + grid.deep, caption) + end;
  const bottom = (grid) => grid.y + grid.cells * cell + grid.deep + end;
  return {
    cell, beside, input, output, padded,
    width: Math.max(right(input), right(output)), height: Math.max(bottom(input), bottom(output)),
  };
}

/* Walk inside `root`: show(plan) draws another convolution, and redraw() follows a new width. */
function walk(root, words) {
  const find = (selector) => root.querySelector(selector);
  const drawing = find(".conv-walk > svg");
  const canvas = find("[data-draw]");
  const place = find(".conv-place");
  const buttons = Object.fromEntries(["back", "play", "forward"].map((name) => [name, find(`[data-do="${name}"]`)]));
  let plan = null;
  let at = 0; // the output cell, row by row
  let timer = null;
  let parts = null; // what moves: the kernel, its rays, the output's cells
  let width = 0; // the drawing's, when it was painted

  const node = (parent, name, attributes = {}, text = "") => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    parent.append(made);
    return made;
  };
  const square = (parent, kind, x, y, size) => node(parent, "rect", { class: kind, x, y, width: size, height: size });
  const channels = (count) => (count === 1 ? words.channel : fill(words.channels, { count: count.toLocaleString("en") }));

  /* The sheets of the channels behind a grid's first. */
  function stack(grid, cell) {
    for (let away = grid.deep; away > 0; away -= SHEET) {
      square(canvas, "conv-sheet", grid.x + away, grid.y + away, grid.cells * cell);
    }
  }

  /* A grid's caption and the numbers along its top and left edge. */
  function label(grid, cell, caption) {
    node(canvas, "text", { class: "conv-caption", x: grid.x, y: grid.y - MARGIN.number - 6 }, caption);
    for (const index of span(grid.cells)) {
      const middle = (index + 0.5) * cell;
      if (cell < 22 && index % 2) continue; // every second number where they would touch
      node(canvas, "text", { class: "conv-number", x: grid.x + middle, y: grid.y - 6, "text-anchor": "middle" }, index + 1);
      node(canvas, "text", { class: "conv-number", x: grid.x - 6, y: grid.y + middle + 4.5, "text-anchor": "end" }, index + 1);
    }
  }

  function paintInput({ input, cell, padded }) {
    stack(input, cell);
    for (const row of span(padded)) {
      for (const column of span(padded)) {
        const outside = [row, column].some((one) => one < plan.padding || one >= plan.padding + plan.side);
        const [x, y] = [input.x + column * cell, input.y + row * cell];
        square(canvas, "conv-cell", x, y, cell);
        if (outside) square(canvas, "conv-padding", x, y, cell);
        if (![row, column].some((one) => one >= padded - plan.dropped)) continue;
        const [near, far] = [0.3 * cell, 0.7 * cell];
        const cross = `M${x + near} ${y + near}L${x + far} ${y + far}M${x + far} ${y + near}L${x + near} ${y + far}`;
        node(canvas, "path", { class: "conv-dropped", d: cross });
      }
    }
    square(canvas, "conv-edge", input.x + plan.padding * cell, input.y + plan.padding * cell, plan.side * cell);
  }

  function paintOutput({ output, cell }) {
    stack(output, cell);
    square(canvas, "conv-cell", output.x, output.y, plan.places * cell);
    return span(plan.places ** 2).map((index) => {
      const [row, column] = [Math.floor(index / plan.places), index % plan.places];
      const made = square(canvas, "conv-output", output.x + column * cell, output.y + row * cell, cell);
      made.dataset.place = index;
      return made;
    });
  }

  function paintKernel({ cell }) {
    const kernel = node(canvas, "g", { class: "conv-kernel" });
    for (const row of span(plan.kernel)) {
      for (const column of span(plan.kernel)) {
        square(kernel, "conv-tap", column * plan.dilation * cell, row * plan.dilation * cell, cell);
      }
    }
    square(kernel, "conv-frame", 0, 0, plan.span * cell);
    return kernel;
  }

  function paint() {
    const map = layout(plan, width);
    drawing.setAttribute("width", map.width);
    drawing.setAttribute("height", map.height);
    drawing.setAttribute("aria-label", fill(words.drawing, { padded: map.padded, places: plan.places }));
    canvas.replaceChildren();
    paintInput(map);
    const cells = paintOutput(map);
    const rays = [0, 1].map(() => node(canvas, "path", { class: "conv-ray" }));
    parts = { map, cells, rays, kernel: paintKernel(map) };
    label(map.input, map.cell, fill(plan.padding ? words.padded : words.input, { channels: channels(plan.in) }));
    label(map.output, map.cell, fill(words.output, { channels: channels(plan.out) }));
    move(at);
  }

  /* Put the kernel where output cell `index` is made, and say what it looks at. */
  function move(index) {
    at = Math.max(0, Math.min(plan.places ** 2 - 1, index));
    const [row, column] = [Math.floor(at / plan.places), at % plan.places];
    const { map, cells, rays, kernel } = parts;
    const { cell, input, output, beside } = map;
    const size = plan.span * cell;
    const from = { x: input.x + column * plan.stride * cell, y: input.y + row * plan.stride * cell };
    const to = { x: output.x + column * cell, y: output.y + row * cell };
    kernel.setAttribute("transform", `translate(${from.x} ${from.y})`);
    for (const [end, ray] of rays.entries()) { // the two edges of what is squeezed into one cell
      ray.setAttribute("d", beside
        ? `M${from.x + size} ${from.y + end * size}L${to.x} ${to.y + end * cell}`
        : `M${from.x + end * size} ${from.y + size}L${to.x + end * cell} ${to.y}`);
    }
    for (const [one, made] of cells.entries()) {
      made.classList.toggle("conv-done", one < at);
      made.classList.toggle("conv-now", one === at);
    }
    buttons.back.disabled = at === 0;
    buttons.forward.disabled = at === plan.places ** 2 - 1;
    say(row, column);
  }

  function say(row, column) {
    const taps = (start) => span(plan.kernel).map((tap) => start * plan.stride + tap * plan.dilation + 1);
    const rows = taps(row);
    const columns = taps(column);
    const list = (all) => (plan.dilation > 1 || all.length === 1 ? all.join(", ") : `${all[0]}–${all[all.length - 1]}`);
    const sentence = plan.kernel === 1 ? words.looks_once : words.looks;
    const inside = (all) => all.filter((one) => one > plan.padding && one <= plan.padding + plan.side).length;
    const all = plan.kernel ** 2;
    const outside = all - inside(rows) * inside(columns);
    const looks = fill(sentence, { row: row + 1, column: column + 1, rows: list(rows), columns: list(columns) });
    place.textContent = outside ? `${looks} ${fill(words.on_padding, { count: outside, all })}` : looks;
  }

  function pause() {
    clearTimeout(timer);
    timer = null;
    buttons.play.textContent = words.play;
    place.setAttribute("aria-live", "polite");
  }

  function play() {
    if (at === plan.places ** 2 - 1) move(0);
    buttons.play.textContent = words.pause;
    place.setAttribute("aria-live", "off"); // a sentence at every step would never end
    timer = setTimeout(tick, PACE);
  }

  function tick() {
    if (!element.isConnected || document.hidden || drawing.getClientRects().length === 0) return pause();
    move(at + 1);
    if (at === plan.places ** 2 - 1) return pause();
    timer = setTimeout(tick, PACE);
  }

  function go(index) {
    pause();
    move(index);
  }

  buttons.back.addEventListener("click", () => go(at - 1));
  buttons.forward.addEventListener("click", () => go(at + 1));
  buttons.play.addEventListener("click", () => (timer === null ? play() : pause()));
  drawing.addEventListener("keydown", (event) => {
    const moves = {
      ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - plan.places, ArrowDown: at + plan.places,
      Home: 0, End: plan.places ** 2 - 1,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    if (next >= 0 && next < plan.places ** 2) go(next);
  });
  for (const kind of ["pointerover", "click"]) {
    canvas.addEventListener(kind, (event) => {
      if (event.target.dataset.place !== undefined) go(Number(event.target.dataset.place));
    });
  }

  function redraw(anew) {
    const now = find(".conv-walk").clientWidth;
    if (!plan || !now || (now === width && !anew)) return;
    width = now;
    paint();
  }

  /* Another convolution: the walk starts over; the same one goes on where it is. */
  function show(wanted) {
    root.classList.toggle("conv-undrawn", !wanted);
    const same = JSON.stringify(wanted) === JSON.stringify(plan);
    if (same) return;
    pause();
    plan = wanted;
    at = 0;
    parts = null;
    if (!plan) return;
    find('[data-key="padding"]').hidden = plan.padding === 0;
    find('[data-key="dropped"]').hidden = plan.dropped === 0;
    redraw(true);
  }

  return { show, redraw: () => redraw(false) };
}
