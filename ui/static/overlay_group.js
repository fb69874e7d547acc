/* Runs over one axis of steps: two charts, the crosshair that reads both, and the same in tables. */

const SPAN = 20; // steps a loss is smoothed over
const ROWS = 10; // about so many in the table of curves

/* The smoothed loss of a record, until something new has come. */
const smoothing = new WeakMap();
function smoothLoss(known) {
  const { loss, width, last } = known.curves;
  const state = `${known.seq} ${width} ${last}`;
  if (smoothing.get(known)?.state !== state) smoothing.set(known, { state, values: smoothed(loss, width, SPAN) });
  return smoothing.get(known).values;
}

/* What a run had come to at a step: nothing where it had not. */
function lossAt(known, step) {
  const index = known.curves.indexOf(step);
  return step > known.step() || index < 0 ? null : { step: known.curves.at(index), value: smoothLoss(known)[index] };
}
function accuracyAt(known, step) {
  const epoch = step > known.step() ? null : known.epochs.findLast((one) => one.step <= step);
  return epoch ? { step: epoch.step, value: epoch.val_accuracy } : null;
}

function group(root, words) {
  const find = (selector) => root.querySelector(selector);
  const percentTick = (tick) => `${Math.round(100 * tick)} %`;
  const plain = (tick) => String(Number(tick.toPrecision(4)));
  const panels = [
    { named: "accuracy", range: accuracyRange, format: percentTick, at: accuracyAt, write: percent },
    { named: "loss", range: lossRange, format: plain, at: lossAt, write: decimal },
  ];
  for (const panel of panels) {
    const figure = find(`[data-chart="${panel.named}"]`);
    panel.title = figure.querySelector("b").textContent;
    panel.chart = overlaid(figure.querySelector("canvas"), words, panel);
    listen(panel.chart);
  }
  const unfolded = find("details");
  unfolded.addEventListener("toggle", () => numbers());

  let members = []; // {slot, name, known, standing}: a run's colour, what it is called, its record, how it stands
  let cursor = null; // a step
  const paint = eachFrame(draw);

  const furthest = () => Math.max(0, ...members.map(({ known }) => known.step()));
  const equal = () => (members.length ? Math.min(...members.map(({ known }) => known.step())) : 0);

  function listen(chart) {
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
      const width = Math.max(...members.map(({ known }) => known.curves.width));
      point((cursor ?? equal()) + width * moves[event.key]);
    });
  }
  document.addEventListener("pointerdown", (event) => { if (event.target.tagName !== "CANVAS") point(null); });

  function point(step) {
    const last = furthest();
    const now = step === null || !last ? null : Math.round(Math.min(last, Math.max(1, step)));
    if (now === cursor) return;
    cursor = now;
    paint.soon();
  }

  function lineOf({ slot, known }, named) {
    if (named === "loss") return { slot, at: known.curves.at, values: smoothLoss(known) };
    const { epochs } = known;
    return { slot, at: (index) => epochs[index].step, values: epochs.map((one) => one.val_accuracy), dotted: true };
  }

  /* Guessing is right so often, if for all of them alike. */
  function chance() {
    const classes = new Set(members.map(({ known }) => known.started?.classes.length ?? null));
    return classes.size === 1 && !classes.has(null) ? 1 / [...classes][0] : null;
  }

  function draw(stale) {
    const last = Math.max(1, ...members.map(({ known }) => axisEnd(known.started, known.step())));
    for (const { named, chart, at } of panels) {
      const level = named === "accuracy" ? chance() : null;
      if (stale) chart.draw(members.map((each) => lineOf(each, named)), { last, level, equal: equal() });
      const points = members.map(({ slot, known }) => ({ slot, ...at(known, cursor ?? 0) }));
      chart.aim(cursor, points.filter(({ value }) => !missing(value)));
    }
    key();
    const widest = Math.max(SPAN, ...members.map(({ known }) => known.curves.width));
    find('[data-say="unit"]').textContent = fill(words.loss_unit, { steps: whole(widest) });
    if (stale) numbers();
  }

  /* How far each run is, and what all had come to at the step under the crosshair, or at the last that all have reached. */
  function key() {
    const step = cursor ?? equal();
    const sentence = cursor !== null ? words.at_cursor : step ? words.at_equal : words.at_none;
    const when = fill(sentence, { step: whole(step) });
    find('[data-read="at"]').textContent = when;
    const rows = [...find(".over-key tbody").rows];
    members.forEach(({ known, standing }, index) => {
      const steps = known.started
        ? fill(words.step_of, { step: whole(known.step()), steps: whole(known.started.steps) })
        : words[`state_${standing?.state}`] ?? "–";
      const values = panels.map(({ at, write }) => write(at(known, step)?.value));
      [steps, ...values].forEach((text, column) => { rows[index].cells[column + 1].textContent = text; });
    });
    for (const { title, chart, at, write } of panels) {
      const values = members.map(({ slot, name, known }) => `${LETTERS[slot]} ${name} ${write(at(known, step)?.value)}`).join("; ");
      const naming = { chart: title, count: members.length, steps: whole(furthest()), at: when, values };
      chart.canvas.setAttribute("aria-label", fill(furthest() ? words.chart_label : words.chart_empty, naming));
    }
  }

  /* The curves in numbers, at some round steps; written while it is unfolded. */
  function numbers() {
    if (!unfolded.open) return;
    const last = furthest();
    const steps = roundTicks(0, last || 1, ROWS).filter((step) => step >= 1 && Number.isInteger(step));
    if (last && steps[steps.length - 1] !== last) steps.push(last);
    const line = (place, tag, texts) => {
      const row = place.insertRow();
      texts.forEach((text, index) => {
        const cell = document.createElement(index ? tag : "th");
        cell.scope = tag === "th" ? "col" : "row";
        cell.textContent = text;
        row.append(cell);
      });
    };
    const [head, body] = [find(".over-numbers thead"), find(".over-numbers tbody")];
    for (const place of [head, body]) place.replaceChildren();
    const titles = members.flatMap(({ slot }) => panels.map(({ title }) => `${LETTERS[slot]} ${title.toLowerCase()}`));
    line(head, "th", [words.step_axis, ...titles]);
    for (const step of steps) {
      const values = members.flatMap(({ known }) => panels.map(({ at, write }) => write(at(known, step)?.value)));
      line(body, "td", [whole(step), ...values]);
    }
  }

  return {
    redraw: paint.all,
    /* Put these runs on show: [{slot, name, known, standing}]. */
    show(runs) {
      const same = (one, index) => one.known === members[index]?.known && one.slot === members[index].slot;
      if (runs.length !== members.length || !runs.every(same)) cursor = null;
      members = runs;
      const body = find(".over-key tbody");
      while (body.rows.length > runs.length) body.deleteRow(-1);
      while (body.rows.length < runs.length) {
        const row = body.insertRow();
        row.append(Object.assign(document.createElement("th"), { scope: "row" }));
        for (const _ of ["step", ...panels]) row.insertCell();
      }
      runs.forEach(({ slot, name }, index) => body.rows[index].cells[0].replaceChildren(swatch(slot), ` ${name}`));
      paint.all();
    },
    /* Say why there is nothing to draw yet. */
    wait(sentence) {
      const place = find(".over-wait");
      if (place.textContent !== sentence) place.textContent = sentence;
      place.hidden = !sentence;
    },
    /* Say above the charts what they are, and with a word on each of them; nothing without `what`. */
    tell(what, told, mark) {
      find(".over-what").hidden = !what;
      find('[data-say="what"]').textContent = what || "";
      find('[data-say="told"]').textContent = told;
      for (const { named } of panels) find(`[data-chart="${named}"] em`).textContent = what ? mark : "";
      root.setAttribute("aria-label", what || words.charts);
    },
  };
}
