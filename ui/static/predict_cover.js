/* Cover a part of the picture, with the mouse, a finger, or the arrow keys: `tell` hears the rectangle as shares of the
   side, and whether it stays so. */
function coverTool(canvas, tell) {
  const FIRST = 0.3; // of the side, for who begins with the keyboard
  const STEP = 0.05;
  let place = null; // left, top, right, bottom
  let begun = null; // where a finger went down

  function draw() {
    const { clientWidth: wide, clientHeight: high } = canvas;
    canvas.width = wide * window.devicePixelRatio;
    canvas.height = high * window.devicePixelRatio;
    if (!place) return;
    const pen = canvas.getContext("2d");
    const [left, top, right, bottom] = place.map((share) => share * canvas.width);
    pen.lineWidth = 2 * window.devicePixelRatio;
    for (const [colour, dash] of [["#fff", []], ["#000", [6, 6]]]) {
      pen.strokeStyle = colour;
      pen.setLineDash(dash);
      pen.strokeRect(left, top, right - left, bottom - top);
    }
  }

  function put(next, isOver) {
    place = next;
    draw();
    tell(place, isOver);
  }

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
      .map((share) => Math.min(1, Math.max(0, share)));
  };
  const between = ([ax, ay], [bx, by]) => [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];

  canvas.addEventListener("pointerdown", (event) => {
    begun = at(event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => begun && put(between(begun, at(event)), false));
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => {
      if (!begun) return;
      const [from, to] = [begun, at(event)];
      begun = null;
      const wide = Math.abs(from[0] - to[0]) > 0.02 && Math.abs(from[1] - to[1]) > 0.02;
      put(wide ? between(from, to) : null, true); // a tap takes the cover away
    });
  }
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (event.key === "Escape" && place) put(null, true);
    if (!by) return;
    event.preventDefault();
    if (!place) put(middle(), true);
    else {
      const across = Math.min(1 - place[2], Math.max(-place[0], by[0]));
      const down = Math.min(1 - place[3], Math.max(-place[1], by[1]));
      put([place[0] + across, place[1] + down, place[2] + across, place[3] + down], true);
    }
  });
  const middle = () => [0.5 - FIRST / 2, 0.5 - FIRST / 2, 0.5 + FIRST / 2, 0.5 + FIRST / 2];
  new ResizeObserver(draw).observe(canvas);

  return {
    begin() {
      canvas.focus();
      put(middle(), true);
    },
    clear() {
      place = null;
      draw();
    },
  };
}
