/* The three panels of a run over one axis of steps, how they are to be drawn, and the crosshair that reads all of them. */

const SPANS = [1, 3, 10, 30, 100, 300, 1000]; // steps a curve is smoothed over
const USUAL = { axis: "step", scale: "linear", span: 10 };
const GLIDE = 250; // milliseconds in which the curves reach what a poll brought
const CLOSE = 1; // pixels: a frame that would differ by less is not drawn

/* `record()` is what is known of the run on show, `store` keeps the choices in this browser. */
function charts(root, words, store, record) {
  const find = (selector) => root.querySelector(selector);
  const chosen = { ...USUAL, ...store.read("lab.chart", {}) };
  let cursor = null; // a step
  const paint = eachFrame((stale) => {
    draw(stale);
    if (glide) requestAnimationFrame(advance);
  });
  let smooth = { loss: [], accuracy: [] };
  let head = 0; // the step up to which the curves are drawn
  let glide = null; // {from, to, begun}

  const percentTick = (tick) => `${Math.round(100 * tick)} %`;
  const plain = (tick) => String(Number(tick.toPrecision(4)));
  const short = (tick) => {
    const rounded = Number(tick.toPrecision(2));
    return rounded && rounded < 1e-3 ? rounded.toExponential() : String(rounded);
  };
  const panels = [
    ["loss", lossRange, plain], ["accuracy", accuracyRange, percentTick], ["lr", rateRange, short],
  ].map(([named, range, format]) => panel(find(`[data-chart="${named}"] canvas`), words, { named, range, format }));

  for (const chart of panels) {
    const { canvas } = chart;
    const follow = (event) => point(chart.stepAt(event.offsetX));
    canvas.addEventListener("pointermove", follow);
    canvas.addEventListener("pointerdown", follow);
    canvas.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") point(null); }); // a finger has to lift
    canvas.addEventListener("blur", () => point(null));
    canvas.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -50, PageDown: 50, Home: -Infinity, End: Infinity };
      if (event.key === "Escape") point(null);
      if (!(event.key in moves)) return;
      event.preventDefault();
      const all = record().curves;
      point((cursor ?? all.last) + all.width * moves[event.key]);
    });
  }
  document.addEventListener("pointerdown", (event) => { if (event.target.tagName !== "CANVAS") point(null); });

  function point(step) {
    const { last } = record().curves;
    const now = step === null || !last ? null : Math.round(Math.min(last, Math.max(1, step)));
    if (now === cursor) return;
    cursor = now;
    paint.soon();
  }

  /* Controls: what was chosen in this browser comes first. */
  for (const name of ["axis", "scale"]) {
    for (const input of root.querySelectorAll(`[data-control="${name}"] input`)) {
      input.checked = input.value === chosen[name];
      input.addEventListener("change", () => choose(name, input.value));
    }
  }
  const slider = find('[data-control="span"] input');
  slider.max = SPANS.length - 1;
  slider.value = Math.max(0, SPANS.indexOf(chosen.span));
  slider.addEventListener("input", () => choose("span", SPANS[slider.value]));
  tellSpan();

  function choose(name, value) {
    chosen[name] = value;
    store.write("lab.chart", chosen);
    tellSpan();
    smoothen();
    paint.all();
  }

  function tellSpan() {
    const text = chosen.span > 1 ? fill(words.span, { steps: whole(chosen.span) }) : words.span_none;
    find('[data-control="span"] output').textContent = text;
    slider.setAttribute("aria-valuetext", text);
  }

  function smoothen() {
    const { curves } = record();
    for (const name of CURVES) smooth[name] = smoothed(curves[name], curves.width, chosen.span);
  }

  /* New numbers have come. They are drawn at the pace they come in, unless motion is not wanted or nobody saw the last. */
  function arrived() {
    const { last } = record().curves;
    const still = !head || document.hidden || window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    glide = still || last <= head ? null : { from: head, to: last, begun: performance.now() };
    if (!glide) head = last;
    smoothen();
    paint.all();
  }

  function advance() {
    if (!glide) return;
    const part = Math.min(1, (performance.now() - glide.begun) / GLIDE);
    const reached = glide.from + part * (glide.to - glide.from);
    if (part === 1) glide = null;
    if (glide && panels[0].pixels(reached - head) < CLOSE) requestAnimationFrame(advance);
    else {
      head = reached;
      paint.all();
    }
  }

  /* One of the panels' curves, as the drawing and the numbers beside it take it. */
  function curveOf(name) {
    const { curves, epochs } = record();
    const points = name === "lr" ? [] : epochs.map((epoch) => ({
      step: epoch.step, value: name === "loss" ? epoch.val_loss : epoch.val_accuracy,
    }));
    const low = name === "lr" ? [] : curves[`${name}_low`];
    const high = name === "lr" ? [] : curves[`${name}_high`];
    return { at: curves.at, width: curves.width, low, high, smooth: name === "lr" ? curves.lr : smooth[name], points };
  }

  /* What happened to the run, each with its step and its words. */
  function happenings() {
    const { marks, end } = record();
    const ends = end && end.kind === "diverged" ? [end] : [];
    return [...marks, ...ends].map((event) => ({
      step: event.step,
      label: fill(words[`mark_${event.kind}`], { step: whole(event.step), lr: rate(event.lr), before: rate(event.before) }),
    }));
  }

  function draw(stale) {
    const { started, end, curves } = record();
    const broke = end && end.kind === "diverged" ? end.step : null;
    const perEpoch = started ? started.steps_per_epoch : 1;
    const last = axisEnd(started, broke ?? curves.last);
    const epochs = started ? Array.from({ length: started.epochs }, (_, index) => (index + 1) * perEpoch) : [];
    const byEpoch = chosen.axis === "epoch";
    const index = curves.indexOf(cursor ?? curves.last);
    const common = { last, head, perEpoch, epochs, byEpoch, marks: happenings() };
    for (const chart of panels) {
      const curve = curveOf(chart.named);
      const checked = curve.points.findLast((one) => one.step <= (cursor ?? curves.last));
      const level = chart.named === "accuracy" && started ? 1 / started.classes.length : null;
      const log = chart.named === "loss" && chosen.scale === "log";
      const crosshair = cursor === null ? null : { index, step: curves.at(index), checked };
      if (stale) chart.draw(curve, { ...common, level, log });
      chart.aim(curve, crosshair);
      read(chart, curve, index, checked);
    }
    find('[data-read="at"]').textContent = cursor === null ? "" : where(index);
    const many = curves.width > 1;
    for (const key of root.querySelectorAll(".key-raw b")) {
      key.textContent = many ? fill(words.raw_many, { width: whole(curves.width) }) : words.raw;
    }
  }

  /* The step or steps under the crosshair, in the axis' own unit. */
  function where(index) {
    const { curves, started } = record();
    const [from, to] = [index * curves.width + 1, Math.min(curves.last, (index + 1) * curves.width)];
    if (chosen.axis === "epoch" && started) {
      return fill(words.at_epoch, { epoch: (curves.at(index) / started.steps_per_epoch).toFixed(2), step: whole(to) });
    }
    return fill(from === to ? words.at_step : words.at_steps, { step: whole(to), from: whole(from) });
  }

  /* The numbers under the crosshair, or the newest; they also are the chart's name for a screen reader. */
  function read(chart, curve, index, checked) {
    const { started, curves } = record();
    const write = { loss: decimal, accuracy: percent, lr: rate }[chart.named];
    const [low, high] = [curve.low[index], curve.high[index]];
    const values = {
      raw: index < 0 ? "" : low === high ? write(low) : `${write(low)}–${write(high)}`,
      train: index < 0 ? "" : write(curve.smooth[index]),
      validation: checked ? write(checked.value) : "",
    };
    for (const [name, text] of Object.entries(values)) {
      const place = find(`[data-chart="${chart.named}"] [data-read="${name}"]`);
      if (place) place.textContent = text;
    }
    const step = cursor ?? curves.last;
    const naming = { chart: words[chart.named], step: whole(step), steps: whole(started ? started.steps : 0), ...values };
    const sentence = chart.named === "lr" ? words.lr_label : words.chart_label;
    const buckets = curves.width > 1 ? ` ${fill(words.buckets, { width: whole(curves.width) })}` : "";
    const marks = happenings().map(({ label, step: at }) => ` ${fill(words.mark_told, { label, step: whole(at) })}`).join("");
    chart.canvas.setAttribute("aria-label", index < 0
      ? fill(words.chart_empty, naming)
      : fill(sentence, { ...naming, validation: values.validation || "–" }) + buckets + marks);
  }

  return {
    redraw: paint.all, arrived, happenings,
    /* Another run is on show. */
    clear() {
      cursor = glide = null;
      head = 0;
    },
  };
}
