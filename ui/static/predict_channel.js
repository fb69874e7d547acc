/* One channel of a layer, enlarged over the picture, with its strongest places marked and, of the first convolution, its
   filter in colour. */
function channelView(root, words) {
  const place = root.querySelector(".predict-channel");
  const find = (selector) => place.querySelector(selector);
  const say = (name, text) => { find(`[data-say="${name}"]`).textContent = text; };
  const grid = root.querySelector(".predict-grid");
  const strength = find("input");
  let sheet = null;
  let picture = ""; // the square that it is of: the page may show another by now
  let open = -1; // the channel, -1: none

  const dim = () => place.style.setProperty("--warm", strength.value);
  strength.addEventListener("input", dim);
  dim();

  function mark() {
    const shown = sheet ? sheet.order.indexOf(open) : -1;
    [...grid.children].forEach((button, number) => {
      button.setAttribute("aria-pressed", number === shown);
      button.tabIndex = number === Math.max(0, shown) ? 0 : -1; // one stop for the keyboard; arrows go on from there
    });
    place.hidden = shown < 0;
    return shown;
  }

  /* A layer's maps are new, or the picture is. */
  function draw(told, square) {
    [sheet, picture] = [told, square];
    const number = mark();
    if (number < 0) return;
    const [canvas, filter] = [find(".predict-laid canvas"), find(".predict-filter canvas")];
    find(".predict-laid img").src = square;
    cut(canvas, sheet.strip, number, sheet.width, sheet.height);
    say("channel", fill(words.channel_title, { channel: open, layer: sheet.layer, width: sheet.width, height: sheet.height }));
    marks(sheet.peaks[number]);
    find(".predict-filter").hidden = !sheet.filters;
    if (!sheet.filters) return;
    cut(filter, sheet.filters.strip, number, sheet.filters.side, sheet.filters.side);
    say("filter", fill(words.filter, { side: sheet.filters.side, largest: short(sheet.filters.largest) }));
  }

  function marks(peaks) {
    const [wide, high] = [100 / sheet.width, 100 / sheet.height];
    children(find(".predict-marks"), "i", peaks.length).forEach((frame, number) => {
      const [row, column] = peaks[number];
      frame.textContent = number + 1;
      frame.style.inset = `${row * high}% ${100 - (column + 1) * wide}% ${100 - (row + 1) * high}% ${column * wide}%`;
    });
    children(find("ol"), "li", peaks.length).forEach((item, number) => {
      const [row, column, value] = peaks[number];
      item.textContent = fill(words.peak, { value: short(value), row: row + 1, column: column + 1 });
    });
    say("peaks", peaks.length ? words.peaks : words.peaks_none);
  }

  function choose(number) {
    open = sheet.order[number] === open ? -1 : sheet.order[number];
    draw(sheet, picture);
  }

  const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };
  grid.addEventListener("keydown", (event) => {
    const from = [...grid.children].indexOf(event.target.closest("button"));
    const next = grid.children[from + (STEPS[event.key] ?? 0)];
    if (from < 0 || !STEPS[event.key] || !next) return;
    event.preventDefault();
    next.focus();
  });

  return { draw, choose };
}
