/* How the numbers and states of runs are written. */

const OVER = ["finished", "stopped", "diverged", "failed", "interrupted"];

function fill(sentence, values = {}) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const missing = (value) => value === null || value === undefined;
const whole = (number) => Math.round(number).toLocaleString("en");
const percent = (share) => (missing(share) ? "–" : `${(100 * share).toFixed(1)} %`);
const decimal = (value) => (missing(value) ? "–" : value.toFixed(3));
/* 0.003, but 4.22e-5: with many zeros nobody can read it. */
function rate(value) {
  if (missing(value)) return "–";
  const rounded = Number(value.toPrecision(3));
  return rounded && rounded < 1e-4 ? rounded.toExponential() : String(rounded);
}

/* 65 -> "1:05", 3725 -> "1:02:05" */
function clock(seconds) {
  const all = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

const day = (seconds) => new Date(1000 * seconds).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
