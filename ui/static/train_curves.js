/* The steps of a run as curves. While they are few each step has a value of its own; the steps of a long run come in
   buckets of `width`, lowest, highest and mean. Bucket i holds the steps from i * width + 1; null is a gap. */

const CURVES = ["loss", "accuracy"];

function curves() {
  const all = { width: 1, last: 0, lr: [] };
  for (const name of CURVES) Object.assign(all, { [name]: [], [`${name}_low`]: [], [`${name}_high`]: [] });

  /* Where a bucket stands on the axis of steps: in the middle of its own. */
  all.at = (index) => index * all.width + (Math.min(all.width, all.last - index * all.width) + 1) / 2;
  all.indexOf = (step) => Math.min(all.loss.length, Math.ceil(step / all.width)) - 1;

  /* Take what the server says: from step `first` on, this is what there is. */
  all.take = (steps) => {
    if (steps.width < all.width) clear(); // it then sends everything
    while (all.width < steps.width) widen();
    const begin = Math.floor((steps.first - 1) / all.width);
    const put = (name, values) => all[name].splice(begin, all[name].length, ...values);
    for (const name of CURVES) {
      put(name, steps[name]);
      put(`${name}_low`, steps[`${name}_low`] ?? steps[name]);
      put(`${name}_high`, steps[`${name}_high`] ?? steps[name]);
    }
    put("lr", steps.lr);
    all.last = steps.last;
  };

  function clear() {
    all.width = 1;
    all.last = 0;
    for (const name of CURVES) for (const part of ["", "_low", "_high"]) all[name + part].length = 0;
    all.lr.length = 0;
  }

  /* Make one bucket of every two. The last one may be wrong by a step or so: the server sends that one anew. */
  function widen() {
    const pairs = (name, join) => {
      const old = all[name];
      const joined = [];
      for (let i = 0; i < old.length; i += 2) joined.push(join(old.slice(i, i + 2).filter((value) => value !== null)));
      all[name] = joined;
    };
    const some = (join) => (known) => (known.length ? join(known) : null);
    for (const name of CURVES) {
      pairs(name, some((known) => known.reduce((sum, value) => sum + value) / known.length));
      pairs(`${name}_low`, some((known) => Math.min(...known)));
      pairs(`${name}_high`, some((known) => Math.max(...known)));
    }
    pairs("lr", some((known) => known[known.length - 1]));
    all.width *= 2;
  }

  return all;
}

/* A running mean over about `span` steps, fair to its first values: uncorrected it would start from zero. */
function smoothed(values, width, span) {
  const keep = Math.pow(1 - 1 / span, width);
  let mean = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = keep * mean + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return mean / weight;
  });
}

/* What is known of one run: every event is taken exactly once, in the order of its seq. */
function record() {
  const known = {
    seq: 0, curves: curves(), epochs: [], marks: [], about: null, started: null, preparing: null, end: null,
    speed: null, left: null, verdict: null, recorded: null,
  };
  const before = (step) => (one) => one.step <= step;
  const takes = {
    preparing: (event) => { known.preparing = event; },
    started: (event) => { known.started = event; },
    epoch: (event) => { known.epochs.push(event); },
    learning_rate: (event) => { addRate(event); },
    /* The run goes on from its training state in another process: later steps are taken again. */
    resumed: (event) => {
      known.epochs = known.epochs.filter(before(event.step));
      known.marks = [...known.marks.filter(before(event.step)), event];
      known.end = null;
    },
    made_way: (event) => { known.end = event; },
    diverged: (event) => { known.end = event; },
    finished: (event) => { known.end = event; },
    failed: (event) => { known.end = event; },
  };
  /* Between two steps only the last change counts: several are told as one, from what was to what is. */
  function addRate(event) {
    const same = known.marks.findLast((mark) => mark.kind === "learning_rate" && mark.step === event.step);
    if (same) known.marks.splice(known.marks.indexOf(same), 1);
    known.marks.push(same ? { ...event, before: same.before } : event);
  }

  /* Take what a poll brought. */
  known.take = (answer) => {
    for (const event of answer.events) {
      if (event.seq > known.seq && takes[event.kind]) takes[event.kind](event);
    }
    known.seq = Math.max(known.seq, answer.seq);
    known.curves.take(answer.steps);
    for (const name of ["about", "recorded"]) known[name] = answer[name] ?? known[name];
    for (const name of ["speed", "left", "verdict"]) known[name] = answer[name];
  };
  known.step = () => known.curves.last;
  return known;
}
