/* The convolution calculator's form: asks the server what the numbers make, shows the sentences, keeps the address.
   Gradio runs this with `element`, `props` and `server`. */

const WAIT = 150; // milliseconds without another key before the server is asked
const ORDER = ["side", "in_channels", "out_channels", "kernel", "stride", "padding", "dilation", "groups"]; // in the address

const root = element.querySelector(".conv");
const { words, limits, examples, first } = props;
const fields = Object.fromEntries([...root.querySelectorAll("input")].map((field) => [field.name, field]));
const refusal = root.querySelector(".conv-refusal");
const kernel = walk(root, words);

let timer = null;
let round = 0; // an answer that comes after a newer question is dropped

const numbers = () => Object.fromEntries(ORDER.map((name) => [name, fields[name].value.trim()]));

function put(values) {
  for (const name of ORDER) fields[name].value = values[name];
  mark();
}

/* Which example the form stands at. */
function mark() {
  const now = numbers();
  for (const button of root.querySelectorAll("[data-example]")) {
    const example = examples[button.dataset.example];
    button.setAttribute("aria-pressed", String(ORDER.every((name) => String(example[name]) === now[name])));
  }
}

function show(answer) {
  refuse("");
  root.querySelector(".conv-answer").hidden = false;
  for (const place of root.querySelectorAll("[data-say]")) place.textContent = answer[place.dataset.say];
  root.querySelector('[data-form="textbook"]').hidden = !answer.textbook;
  kernel.show(answer.drawing);
}

/* The last answer stays, faded, under the sentence that says why there is no new one. */
function refuse(sentence, name = "") {
  root.classList.toggle("conv-refused", Boolean(sentence));
  refusal.hidden = !sentence;
  refusal.textContent = sentence;
  for (const field of Object.values(fields)) {
    const wrong = field.name === name;
    field.setAttribute("aria-invalid", String(wrong));
    if (wrong) field.setAttribute("aria-describedby", "conv-refusal");
    else field.removeAttribute("aria-describedby");
  }
}

function remember(asked) {
  const address = new URL(window.location);
  address.searchParams.set("conv", ORDER.map((name) => asked[name]).join(","));
  // Commas may stand in an address as they are, and are easier to read.
  address.search = address.search.replace(/([?&]conv=)([^&]*)/, (_, start, value) => start + value.replaceAll("%2C", ","));
  window.history.replaceState(null, "", address);
}

/* Ask what the form's numbers make. `changed`: by the person, so that the address follows. */
async function ask(changed) {
  clearTimeout(timer);
  const mine = ++round;
  const asked = numbers();
  // Without an answer Gradio gives undefined or throws, depending on what went wrong.
  const answer = (await server.calculate(asked).catch(() => null)) ?? { error: words.failed };
  if (mine !== round) return;
  if (answer.error) {
    refuse(answer.error, answer.field);
    return;
  }
  show(answer);
  if (changed) remember(asked);
}

/* What the address asks for; null where it asks for nothing or for anything but eight numbers. */
function asked() {
  const numbers = (new URL(window.location).searchParams.get("conv") ?? "").split(",");
  if (numbers.length !== ORDER.length || !numbers.every((number) => /^\d{1,4}$/.test(number))) return null;
  return Object.fromEntries(ORDER.map((name, index) => [name, numbers[index]]));
}

for (const [name, [least, most]] of Object.entries(limits)) Object.assign(fields[name], { min: least, max: most, step: 1 });
root.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
root.querySelector("form").addEventListener("input", () => {
  clearTimeout(timer);
  round += 1; // what is under way is out of date
  mark();
  timer = setTimeout(ask, WAIT, true);
});
for (const button of root.querySelectorAll("[data-example]")) {
  const example = examples[button.dataset.example];
  const values = { ...example, in: example.in_channels, out: example.out_channels };
  button.querySelector("span").textContent = fill(words.example, values);
  button.addEventListener("click", () => {
    put(example);
    ask(true);
  });
}
new ResizeObserver(() => requestAnimationFrame(kernel.redraw)).observe(root);

const linked = asked();
put(linked ?? examples[first.example]);
if (linked) ask(false);
else show(first.answer);
