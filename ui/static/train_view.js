/* A run in words, figures, a table and two charts. Everything a person or a file named goes in through textContent. */

function fill(sentence, values = {}) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const whole = (number) => Math.round(number).toLocaleString("en");
const percent = (share) => (share === null || share === undefined ? "–" : `${(100 * share).toFixed(1)} %`);
const decimal = (value) => (value === null || value === undefined ? "–" : value.toFixed(3));

/* 65 -> "1:05", 3725 -> "1:02:05" */
function clock(seconds) {
  const all = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/* What is known of one run: every event is taken exactly once, in the order of its seq. */
function record() {
  const curve = () => ({ step: [], raw: [], smooth: [], points: [] });
  const known = {
    seq: 0, loss: curve(), accuracy: curve(), time: [], speed: null, epochs: [], about: null, started: null,
    preparing: null, end: null, pauses: [],
  };
  const smooth = { loss: smoother(), accuracy: smoother() };
  const takes = {
    preparing: (event) => { known.preparing = event; },
    started: (event) => { known.started = event; },
    step: (event) => {
      for (const name of ["loss", "accuracy"]) {
        known[name].step.push(event.step);
        known[name].raw.push(event[name]);
        known[name].smooth.push(smooth[name](event[name]));
      }
      known.time.push(event.time);
      known.speed = event.images_per_second;
    },
    epoch: (event) => {
      known.epochs.push(event);
      known.loss.points.push({ step: event.step, value: event.val_loss });
      known.accuracy.points.push({ step: event.step, value: event.val_accuracy });
    },
    paused: (event) => { known.pauses.push([event.time, Infinity]); },
    continued: (event) => { if (known.pauses.length) known.pauses[known.pauses.length - 1][1] = event.time; },
    /* The run goes on from its training state in another process: later steps are taken again. */
    resumed: (event) => {
      const count = known.loss.step.filter((step) => step <= event.step).length;
      known.pauses.push([count ? known.time[count - 1] : event.time, event.time]);
      known.time.length = count;
      known.epochs = known.epochs.filter((epoch) => epoch.step <= event.step);
      for (const name of ["loss", "accuracy"]) {
        const kept = known[name];
        kept.step.length = kept.raw.length = count;
        smooth[name] = smoother();
        kept.smooth = kept.raw.map((value) => smooth[name](value));
        kept.points = kept.points.filter((point) => point.step <= event.step);
      }
      known.end = null;
    },
    diverged: (event) => { known.end = event; },
    finished: (event) => { known.end = event; },
    failed: (event) => { known.end = event; },
  };
  known.take = (event) => {
    if (event.seq <= known.seq) return;
    known.seq = event.seq;
    if (takes[event.kind]) takes[event.kind](event);
  };
  known.step = () => (known.loss.step.length ? known.loss.step[known.loss.step.length - 1] : 0);
  return known;
}

/* Seconds until the end, from the pace of the last epoch's worth of steps (validation included, pauses not). */
function secondsLeft(known) {
  const count = known.time.length;
  if (!known.started || count < 2) return null;
  const back = Math.min(count - 1, Math.max(10, known.started.steps_per_epoch));
  const [from, to] = [known.time[count - 1 - back], known.time[count - 1]];
  const idle = known.pauses.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(b, to) - Math.max(a, from)), 0);
  return ((to - from - idle) / back) * (known.started.steps - known.step());
}

/* Show runs inside `root`. `words` are the page's; nothing here talks to the server. */
function view(root, words) {
  const find = (selector) => root.querySelector(selector);
  const figure = (name, text) => { find(`[data-figure="${name}"]`).textContent = text; };
  const put = (name, text) => {
    const place = find(`[data-say="${name}"]`);
    if (place.textContent !== text) place.textContent = text; // said again only when it changed
  };
  let known = record();
  let cursor = null;
  let waiting = false;

  const percentTick = (tick) => `${Math.round(100 * tick)} %`;
  const plain = (tick) => String(Number(tick.toFixed(4)));
  const charts = ["loss", "accuracy"].map((name) =>
    panel(find(`[data-chart="${name}"] canvas`), words, {
      named: name,
      range: name === "loss" ? lossRange : accuracyRange,
      format: name === "loss" ? plain : percentTick,
    }));

  for (const chart of charts) {
    chart.canvas.addEventListener("pointermove", (event) => point(chart.stepAt(event.offsetX)));
    chart.canvas.addEventListener("pointerleave", () => point(null));
    chart.canvas.addEventListener("blur", () => point(null));
    chart.canvas.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -50, PageDown: 50, Home: -Infinity, End: Infinity };
      if (event.key === "Escape") point(null);
      if (!(event.key in moves)) return;
      event.preventDefault();
      point((cursor ?? known.step()) + moves[event.key]);
    });
  }

  function point(step) {
    const steps = known.loss.step;
    cursor = step === null || !steps.length ? null : Math.round(Math.min(steps[steps.length - 1], Math.max(steps[0], step)));
    redraw();
  }

  function redraw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const started = known.started;
      const broke = known.end && known.end.kind === "diverged" ? known.end.step : null;
      const mark = broke === null ? null : { step: broke, label: fill(words.diverged_at, { step: whole(broke) }) };
      const last = axisEnd(started, broke ?? known.step());
      const epochs = started
        ? Array.from({ length: started.epochs }, (_, index) => (index + 1) * started.steps_per_epoch) : [];
      for (const chart of charts) {
        const level = chart.named === "accuracy" && started ? 1 / started.classes.length : null;
        chart.draw(known[chart.named], { last, epochs, level, cursor, mark });
        read(chart);
      }
    });
  }

  /* The numbers under the crosshair, or the newest; they also are the chart's name for a screen reader. */
  function read(chart) {
    const write = chart.named === "loss" ? decimal : percent;
    const curve = known[chart.named];
    const at = cursor ?? known.step();
    // Steps count from 1 without gaps, so a step's place is found at once.
    const index = curve.step.length ? Math.min(curve.step.length - 1, Math.max(0, at - curve.step[0])) : -1;
    const checked = curve.points.filter((one) => one.step <= at).pop();
    const values = {
      raw: index < 0 ? "" : write(curve.raw[index]),
      train: index < 0 ? "" : write(curve.smooth[index]),
      validation: checked ? write(checked.value) : "",
    };
    for (const [name, text] of Object.entries(values)) {
      find(`[data-chart="${chart.named}"] [data-read="${name}"]`).textContent = text;
    }
    if (chart.named === "loss") {
      find('[data-read="at"]').textContent = cursor === null ? "" : fill(words.at_step, { step: whole(cursor) });
    }
    const naming = { chart: words[chart.named], step: at, steps: known.started ? known.started.steps : 0 };
    chart.describe(index < 0
      ? fill(words.chart_empty, naming)
      : fill(words.chart_label, { ...naming, ...values, validation: values.validation || "–" }));
  }

  const dataName = (name) => (name === "drawn" ? words.drawn : name);

  function figures() {
    const { started, about } = known;
    const last = known.epochs[known.epochs.length - 1];
    const step = known.step();
    const left = known.end ? null : secondsLeft(known);
    figure("validation", last ? percent(last.val_accuracy) : "–");
    figure("step", started ? `${whole(step)} ${fill(words.of, { total: whole(started.steps) })}` : "–");
    const epoch = started ? Math.min(started.epochs, Math.floor(Math.max(0, step - 1) / started.steps_per_epoch) + 1) : 0;
    figure("epoch", started ? `${epoch} ${fill(words.of, { total: started.epochs })}` : "–");
    figure("speed", known.speed ? whole(known.speed) : "–");
    figure("left", left === null ? "–" : clock(left));
    const size = started && fill(words.size, { params: whole(started.params), px: started.image_px });
    figure("net", about ? [about.net, size].filter(Boolean).join("\n") : "–");
    const counted = started
      && fill(words.pictures, { train: whole(started.train_pictures), val: whole(started.val_pictures) });
    const ceiling = started && about && about.data !== "drawn" && started.train_pictures === about.train_pictures
      && words.ceiling;
    const refused = started && started.refused && fill(words.refused, { refused: whole(started.refused) });
    figure("data", about ? [dataName(about.data), counted, ceiling, refused].filter(Boolean).join("\n") : "–");
    figure("where", started ? fill(started.threads === 1 ? words.where_one : words.where, started) : "–");
  }

  function table() {
    const body = find("tbody");
    while (body.rows.length > known.epochs.length) body.deleteRow(-1);
    for (const epoch of known.epochs.slice(body.rows.length)) {
      const cells = [
        epoch.epoch + 1, whole(epoch.step), decimal(epoch.train_loss), percent(epoch.train_accuracy),
        decimal(epoch.val_loss), percent(epoch.val_accuracy), clock(epoch.seconds),
      ];
      const row = body.insertRow();
      for (const text of cells) row.insertCell().textContent = text;
    }
    find(".live-table .live-none").hidden = known.epochs.length > 0;
  }

  /* One sentence for each state. */
  function sentence(state, ahead, heldUp) {
    const { started, about, preparing, end } = known;
    const step = whole(known.step());
    if (state === "queued" && ahead) {
      const [one, more] = heldUp === "paused"
        ? [words.queued_paused_one, words.queued_paused] : [words.queued_one, words.queued];
      return fill(ahead === 1 ? one : more, { ahead });
    }
    if (state === "queued") return words.next;
    if (state === "preparing" && preparing) {
      const what = words[`what_${preparing.what}`] ?? preparing.what;
      const values = { what, done: whole(preparing.done), total: whole(preparing.total) };
      return fill(preparing.total ? words.preparing : words.preparing_unknown, values);
    }
    if (state === "running" && started && about) {
      const pictures = whole(started.train_pictures);
      return fill(words.running, { net: about.net, pictures, classes: started.classes.slice(0, 4).join(", ") });
    }
    if (state === "finished" && started) return fill(words.finished, { epochs: started.epochs });
    if (state === "stopped") return end && end.step ? fill(words.stopped, { step }) : words.stopped_early;
    if (state === "diverged" && end) return `${end.reason}.`;
    if (state === "failed" && end) return `${end.where ? `${end.where}: ` : ""}${end.what}.${end.cure ? ` ${end.cure}.` : ""}`;
    return { paused: fill(words.paused, { step }), interrupted: fill(words.interrupted, { step }) }[state] ?? words[state] ?? "";
  }

  return {
    redraw,
    /* Begin with an empty record, for another run or none. */
    clear() {
      known = record();
      cursor = null;
    },
    seq: () => known.seq,
    step: () => known.step(),
    /* Weights are written at the end of each epoch, and when a run is stopped after its first step. */
    hasWeights: () => known.epochs.length > 0 || Boolean(known.end && known.end.kind === "finished" && known.end.step),
    /* Take what a poll brought. */
    take(answer) {
      if (answer.about) known.about = answer.about;
      for (const event of answer.events) known.take(event);
    },
    /* Show the record in `state`; `mine` is whether this browser may steer it. */
    show(state, { ahead = 0, heldUp = "", mine = false, pausing = false, note = "" } = {}) {
      root.dataset.state = state;
      root.dataset.mine = mine;
      put("state", state === "queued" && ahead ? words.state_waiting : words[`state_${state}`] ?? state);
      put("detail", pausing && state === "running" ? words.pausing : sentence(state, ahead, heldUp));
      const watching = !mine && ["queued", "preparing", "running", "paused"].includes(state);
      const whose = known.about && !known.about.from_page ? words.watching_terminal : words.watching;
      put("note", note || (watching ? whose : ""));
      find('[data-say="note"]').hidden = !note && !watching;
      find('[data-say="note"]').classList.toggle("live-warn", Boolean(note));
      const bar = find("progress");
      bar.hidden = state !== "preparing";
      if (known.preparing && known.preparing.total) bar.value = known.preparing.done / known.preparing.total;
      else bar.removeAttribute("value");
      figures();
      table();
      redraw();
    },
  };
}
