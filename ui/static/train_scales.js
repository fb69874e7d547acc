/* Where numbers lie on a chart: round ticks, ranges, and how many places of a curve a canvas can show. */

/* About `count` round numbers from `low` to `high`. */
function roundTicks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const power = Math.pow(10, Math.floor(Math.log10(rough)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.75);
  const ticks = [];
  for (let tick = Math.ceil(low / step - 1e-9) * step; tick <= high + step * 1e-6; tick += step) ticks.push(tick || 0); // no -0
  return ticks;
}

/* 1, 2, 5, 10, 20 ... from `low` to `high`; only the powers of ten where there are more than `count`. */
function logTicks(low, high, count) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of [1, 2, 5]) ticks.push(factor * Math.pow(10, power));
  }
  const inside = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  const powers = inside.filter((tick) => /^1(e|0*$)|^0\.0*1$/.test(String(Number(tick.toPrecision(3)))));
  return inside.length > count && powers.length > 1 ? powers : inside;
}

/* Where the axis of steps ends: at the run's end, halved while the curve so far still fits well into half of it.
   The axis thus doubles now and then, instead of squeezing the first minutes of a long run into its left edge. */
function axisEnd(started, step) {
  if (!started) return 1;
  let end = started.steps;
  while (end / 2 >= Math.max(started.steps_per_epoch, 1.05 * step)) end /= 2;
  return Math.max(end, step);
}

/* The value below which the given share of all values lies: one wild step must not flatten the rest. */
function quantile(values, share) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : null;
}

/* Loss: from zero, or on a logarithmic axis from a round number below all that matters, to one above. */
function lossRange({ low, high, smooth, points, log }) {
  const values = points.map((point) => point.value);
  const known = (list) => list.filter((value) => value !== null && (!log || value > 0));
  const most = Math.max(...known([quantile(high, 0.98), quantile(smooth, 1), ...values]), 1e-3);
  if (!known([...smooth, ...values]).length) return log ? [0.1, 1] : [0, 1];
  if (log) {
    const least = Math.min(...known([quantile(low, 0.02), quantile(smooth, 0), ...values]), most / 2);
    const ticks = logTicks(least / 10, most * 10, Infinity);
    return [ticks.findLast((tick) => tick <= least), ticks.find((tick) => tick >= most)];
  }
  const ticks = roundTicks(0, most, 4);
  const step = ticks[1] ?? most;
  return [0, Math.ceil(most / step - 1e-9) * step];
}

/* Accuracy: from the ten per cent below chance, or below what is seen, to all. */
function accuracyRange({ low, points, level }) {
  const seen = [level, quantile(low, 0.05), ...points.map((point) => point.value)].filter((value) => value !== null);
  return [seen.length ? Math.max(0, Math.floor(Math.min(...seen) * 10 - 0.5) / 10) : 0, 1];
}

/* Learning rate: from zero to its highest. */
function rateRange({ smooth }) {
  return [0, Math.max(...smooth.filter((value) => value !== null), 0) || 1];
}

/* What stands for the values of several buckets that share a pixel column: their lowest and highest, which cover the
   same ink as all of them would, or their mean. */
const extremes = ({ low, high }) => [low, high];
const middle = ({ sum, count }) => [sum / count];

/* Places of a curve on the canvas, at most a few for each pixel it is wide; null where the line breaks. */
function thinned(frame, at, values, stand) {
  const places = [];
  if (values.length <= 2 * (frame.right - frame.left)) {
    for (let i = 0; i < values.length; i++) {
      places.push(values[i] === null ? null : [frame.x(at(i)), frame.y(values[i])]);
    }
    return places;
  }
  let column = null;
  const flush = () => {
    if (column) places.push(...stand(column).map((value) => [column.x, frame.y(value)]));
    column = null;
  };
  for (let i = 0; i < values.length; i++) {
    const x = Math.round(frame.x(at(i)));
    const value = values[i];
    if (column && (column.x !== x || value === null)) flush();
    if (value === null) {
      places.push(null);
      continue;
    }
    column ??= { x, low: value, high: value, sum: 0, count: 0 };
    column.low = Math.min(column.low, value);
    column.high = Math.max(column.high, value);
    column.sum += value;
    column.count += 1;
  }
  flush();
  return places;
}
