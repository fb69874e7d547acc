/* A run in words, figures and a table beside its charts. Everything a person or a file named goes in through
   textContent. */

const ROWS_A_FRAME = 200; // of the table: a run may have ten thousand epochs

/* Show runs inside `root`. `words` are the page's, `store` is this browser's; nothing here talks to the server. */
function view(root, words, store) {
  const find = (selector) => root.querySelector(selector);
  const figure = (name, text) => { find(`[data-figure="${name}"]`).textContent = text; };
  const put = (name, text) => {
    const place = find(`[data-say="${name}"]`);
    if (place.textContent !== text) place.textContent = text; // said again only when it changed
    place.hidden = !text;
  };
  let known = record();
  const drawn = charts(root, words, store, () => known);
  const unfolded = find(".live-table");
  unfolded.addEventListener("toggle", () => table());

  const dataName = (name) => (name === "drawn" ? words.drawn : name);

  function figures(state) {
    const { started, about } = known;
    const last = known.epochs[known.epochs.length - 1];
    const step = known.step();
    figure("validation", last ? percent(last.val_accuracy) : "–");
    figure("step", started ? `${whole(step)} ${fill(words.of, { total: whole(started.steps) })}` : "–");
    const epoch = started ? Math.min(started.epochs, Math.floor(Math.max(0, step - 1) / started.steps_per_epoch) + 1) : 0;
    figure("epoch", started ? `${whole(epoch)} ${fill(words.of, { total: whole(started.epochs) })}` : "–");
    figure("speed", known.speed ? whole(known.speed) : "–");
    figure("left", missing(known.left) || OVER.includes(state) ? "–" : clock(known.left));
    const size = started && fill(words.size, { params: whole(started.params), px: started.image_px });
    const who = about ? [about.given, moment(about.created)].filter(Boolean).join("\n") : "";
    figure("run", who);
    find('[data-figure="run"]').parentElement.hidden = !who; // a recording has neither name nor place in the list
    figure("net", about ? [about.net, size].filter(Boolean).join("\n") : "–");
    const counted = started
      && fill(words.pictures, { train: whole(started.train_pictures), val: whole(started.val_pictures) });
    const ceiling = started && about && about.data !== "drawn" && started.train_pictures === about.train_pictures
      && words.ceiling;
    const refused = started && started.refused && fill(words.refused, { refused: whole(started.refused) });
    figure("data", about ? [dataName(about.data), counted, ceiling, refused].filter(Boolean).join("\n") : "–");
    figure("where", started ? fill(started.threads === 1 ? words.where_one : words.where, started) : "–");
  }

  /* Is it learning? The server says so, with the numbers that its sentence rests on. */
  function verdict() {
    const { kind = "", case: sentence, numbers = {} } = known.verdict ?? {};
    root.dataset.verdict = kind;
    const written = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [
      name, /(^guess|accuracy)$/.test(name) ? percent(value) : /loss$/.test(name) ? decimal(value) : whole(value),
    ]));
    put("verdict", kind && words[`verdict_${kind}`]);
    put("because", kind && fill(words[`because_${sentence}`], written));
  }

  /* All that the charts show, in words and numbers; written while it is unfolded. */
  function table() {
    const body = find("tbody");
    const stale = () => body.lastChild && body.lastChild.dataset.seq !== String(known.epochs[body.rows.length - 1]?.seq);
    while (stale()) body.deleteRow(-1); // another run, or epochs that were taken back
    find(".live-table .live-none").hidden = known.epochs.length > 0;
    if (!unfolded.open) return;
    const told = drawn.happenings().map(({ label, step }) => fill(words.mark_told, { label, step: whole(step) }));
    if (known.curves.width > 1) told.push(fill(words.buckets, { width: whole(known.curves.width) }));
    const list = find(".live-happenings");
    list.replaceChildren(...told.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    const begin = body.rows.length;
    for (const epoch of known.epochs.slice(begin, begin + ROWS_A_FRAME)) {
      const cells = [
        epoch.epoch + 1, whole(epoch.step), decimal(epoch.train_loss), percent(epoch.train_accuracy),
        decimal(epoch.val_loss), percent(epoch.val_accuracy), rate(known.curves.lr[known.curves.indexOf(epoch.step)]),
        clock(epoch.seconds),
      ];
      const row = body.insertRow();
      row.dataset.seq = epoch.seq;
      for (const text of cells) row.insertCell().textContent = text;
    }
    if (body.rows.length < known.epochs.length) requestAnimationFrame(table);
  }

  /* One sentence for each state; `told` is what `show` was. */
  function sentence(state, told) {
    const { started, about, preparing, end } = known;
    const step = whole(known.step());
    if (state === "queued") return waitingFor(told, words);
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
    if (state === "interrupted") return fill(madeWay(end) ? words.made_way : words.interrupted, { step });
    return state === "paused" ? fill(words.paused, { step }) : words[state] ?? "";
  }

  /* The recording is told apart from a run by its words, not by its colours. */
  function recording() {
    const { recorded, about, epochs } = known;
    const took = recorded && clock(epochs[epochs.length - 1].seconds);
    put("recorded", recorded ? fill(words.recorded, { ...recorded, ...about, day: day(recorded.at), took }) : "");
  }

  return {
    redraw: drawn.redraw,
    /* Begin with an empty record, for another run or none. */
    clear() {
      known = record();
      drawn.clear();
    },
    cursor: () => ({ since: known.seq, step: known.step(), width: known.curves.width }),
    step: () => known.step(),
    /* The highest learning rate of the schedule as it is now. */
    peak: () => known.marks.findLast((event) => event.kind === "learning_rate")?.lr ?? known.about?.lr,
    /* Weights are written at the end of each epoch, and when a run is stopped after its first step. */
    hasWeights: () => !known.recorded
      && (known.epochs.length > 0 || Boolean(known.end && known.end.kind === "finished" && known.end.step)),
    take(answer) {
      known.take(answer);
      drawn.arrived();
    },
    /* Show the record in `state`. `mine` is whether this browser may steer it; the others are the server's. */
    show(state, told) {
      const { ahead = 0, mine = false, pausing = false, note = "" } = told;
      root.dataset.state = state;
      root.dataset.mine = mine;
      const name = state === "empty" && known.recorded ? "recorded"
        : state === "queued" && ahead ? "waiting" : state === "interrupted" && madeWay(known.end) ? "made_way" : state;
      put("state", words[`state_${name}`] ?? state);
      put("detail", pausing && state === "running" ? words.pausing : sentence(state, told));
      put("waits", state === "queued" && ahead && !known.step() ? `${words.charts_wait} ${waitingFor(told, words)}` : "");
      const watching = !mine && ["queued", "preparing", "running", "paused"].includes(state);
      const whose = known.about && !known.about.from_page ? words.watching_terminal : words.watching;
      const standing = noteOf(state, known.end, told, words);
      put("note", note || [standing, watching && whose].filter(Boolean).join(" "));
      find('[data-say="note"]').classList.toggle("live-warn", Boolean(note));
      const bar = find("progress");
      bar.hidden = state !== "preparing";
      if (known.preparing && known.preparing.total) bar.value = known.preparing.done / known.preparing.total;
      else bar.removeAttribute("value");
      recording();
      figures(state);
      verdict();
      table();
      drawn.redraw();
    },
  };
}
