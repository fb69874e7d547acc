/* Where the net looked: laid over the picture at the top, and asked about more closely further down. */
function heatView(root, words) {
  const find = (selector) => root.querySelector(selector);
  const say = (name, text) => { find(`[data-say="${name}"]`).textContent = text; };
  const asks = Object.fromEntries([...root.querySelectorAll("[data-ask]")].map((field) => [field.dataset.ask, field]));
  const over = find(".predict-card .predict-heat");
  const strength = find('[data-field="warm"]');

  function options(select, rows) {
    const before = select.value;
    children(select, "option", rows.length).forEach((option, number) => {
      [option.value, option.textContent] = rows[number];
    });
    select.value = rows.some(([value]) => value === before) ? before : rows[0][0];
  }

  /* What one can ask a checkpoint about. */
  function offer({ classes, layers, layer }) {
    options(asks.label, [["", words.likeliest], ...classes.map((name) => [name, name])]);
    options(asks.against, [["", words.against_none], ...classes.map((name) => [name, name])]);
    const spread = layers.filter(({ shape }) => shape.length === 3 && shape[1] * shape[2] > 1);
    options(asks.layer, [["", fill(words.usual_layer, { layer })], ...spread.map(({ name }) => [name, name])]);
  }

  /* As an address asks; what is not offered stays as usual. */
  function choose(asked) {
    for (const [name, field] of Object.entries(asks)) {
      if ([...field.options].some(({ value }) => value === asked[name])) field.value = asked[name];
    }
  }

  function question() {
    asks.layer.disabled = asks.method.value !== "grad_cam";
    const asked = Object.fromEntries(Object.entries(asks).map(([name, field]) => [name, field.value]));
    return asks.layer.disabled ? { ...asked, layer: "" } : asked;
  }

  /* Whether what is asked closely is what lies over the answered picture. */
  const isUsual = () => asks.method.value === "grad_cam" && !asks.layer.value && !asks.label.value && !asks.against.value;

  const dim = () => root.style.setProperty("--warm", strength.value);
  strength.addEventListener("input", dim);
  dim();

  /* Laid over the answered picture. */
  function lay(told) {
    over.hidden = Boolean(told.error);
    strength.closest("label").hidden = over.hidden;
    if (told.error) {
      say("where", "");
      return;
    }
    over.src = told.image;
    over.alt = lies(told);
    say("where", told.evidence === false ? words.nowhere : words.warm);
  }

  /* In words, for whoever does not see it. */
  function lies({ place, half }) {
    if (!place) return words.lies_nowhere;
    return fill(words[`lies_${place}`], { half: percentOf(half) });
  }

  function telling(told) {
    if (told.telling === null || told.telling === undefined) return "";
    return fill(words.telling, { share: percentOf(told.telling), area: percentOf(told.telling_area) });
  }

  function kindOf({ method, evidence }) {
    if (method !== "grad_cam") return method;
    return evidence === null ? "layer" : evidence ? "some" : "none";
  }

  /* The next answer is on its way: what stands there is of another question. */
  function waits() {
    find(".predict-looked").setAttribute("aria-busy", "true");
    say("evidence", words.computing);
    for (const name of ["method", "lies", "telling", "scale"]) say(name, "");
  }

  function close(told, square) {
    find(".predict-looked").removeAttribute("aria-busy");
    const isTold = !told.error;
    for (const [place, image] of [["trained", told.image], ["random", told.random_image]]) {
      const [picture, heat] = find(`.predict-${place}`).children;
      picture.src = square;
      heat.hidden = !isTold;
      if (isTold) heat.src = image;
    }
    say("method", fill(words[`about_${asks.method.value}`], { patch: told.patch?.[0] ?? "", stride: told.patch?.[1] ?? "" }));
    if (!isTold) {
      say("evidence", told.error);
      for (const name of ["lies", "telling", "scale"]) say(name, "");
      return;
    }
    const explained = told.against
      ? fill(words.logit_of_two, { label: told.label, against: told.against }) : fill(words.logit_of, { label: told.label });
    const [height, width] = told.shape;
    const count = height * width;
    say("evidence", fill(words[`evidence_${kindOf(told)}`], {
      what: explained, logit: short(told.logit), largest: short(told.largest), random: short(told.random),
      times: told.times, usual: told.usual, count: count.toLocaleString("en"), each: short(told.largest / count),
      random_each: short(told.random / count),
    }));
    find(".predict-trained .predict-heat").alt = lies(told);
    say("lies", lies(told));
    say("telling", telling(told));
    const scale = told.method === "occlusion" ? words.scale_occlusion : words.scale;
    say("scale", fill(scale, { height, width, stride: told.patch?.[1] ?? "", temperature: short(told.temperature) }));
  }

  return { offer, choose, question, isUsual, lay, waits, close, hide: () => { over.hidden = true; }, asks };
}
