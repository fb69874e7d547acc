/* Inside a residual block: its two paths and their sum, and the answer without one of them. `about` makes a question
   about the picture that is looked at, `before` is its likeliest class and that one's probability as the net is. */
function blockView(root, words, { about, before }) {
  const [paths, switched, accuracy] = ["paths", "switched", "accuracy"].map(latest);
  const find = (selector) => root.querySelector(selector);
  const say = (name, text) => { find(`[data-say="${name}"]`).textContent = text; };
  const select = find('[data-field="block"]');
  const wanted = () => find('input[name="predict-switch"]:checked').value;

  function offer({ blocks }) {
    const was = select.value;
    children(select, "option", blocks.length).forEach((option, number) => {
      option.value = blocks[number];
      option.textContent = blocks[number];
    });
    if (blocks.includes(was)) select.value = was;
    find('[data-say="no_blocks"]').hidden = blocks.length > 0;
    find(".predict-inside").hidden = !blocks.length;
    reset();
  }

  function reset() {
    find('input[name="predict-switch"]').checked = true;
    say("switched", "");
    say("accuracy", "");
  }

  /* What the server is asked: one block, without its residual or without its shortcut. */
  const switches = () => ({
    skipped: wanted() === "skipped" ? [select.value] : [], cut: wanted() === "cut" ? [select.value] : [],
  });

  function showPaths(told) {
    const place = find(".predict-paths");
    find(".predict-block-legend").hidden = Boolean(told.error);
    if (told.error) {
      say("inside", told.error);
      place.replaceChildren();
      return;
    }
    const means = Object.fromEntries(told.paths.map(({ name, mean }) => [name, mean]));
    const carried = means.shortcut ?? means.x;
    say("inside", [
      fill(words[`block_${told.shortcut}`], { from: told.from.join("×"), to: told.to.join("×") }),
      carried > 0 ? fill(words.block_share, { share: (means.residual / carried).toFixed(2) }) : "",
    ].join(" "));
    const [first] = told.paths;
    find(".predict-block-legend img").src = first.legend;
    say("block_low", short(first.scale[0]));
    say("block_high", short(first.scale[1]));
    say("block_zero", first.scale[0] < 0 ? "0" : "");
    children(place, "li", told.paths.length).forEach((row, number) => {
      const path = told.paths[number];
      if (!row.firstChild) row.append(make("b"), make("div"));
      const [title, tiles] = row.children;
      const name = path.name === "residual" && told.rectified ? "rectified" : path.name;
      title.textContent = words[`path_${name}`];
      children(tiles, "canvas", path.order.length).forEach((canvas, at) => {
        cut(canvas, path.strip, at, path.width, path.height);
        canvas.style.width = `${path.width * path.factor}px`;
        canvas.title = fill(words.channel, { channel: path.order[at], mean: short(path.means[at]) });
      });
      tiles.setAttribute("role", "img");
      tiles.setAttribute("aria-label", words[`path_${name}`]);
    });
  }

  function showSwitched(told) {
    if (told.error) {
      say("switched", told.error);
      return;
    }
    const [[label, share], [name, part]] = [told.shares[0], before()];
    say("switched", fill(words.switched, {
      label: capital(label), share: percentOf(share), before: `${capital(name)}, ${percentOf(part)}`,
    }));
  }

  /* `asked` is what it was measured without. */
  function showAccuracy(told, { skipped, cut }) {
    const percent = (share) => `${(100 * share).toFixed(1)} %`;
    if (told.error || told.whole === null) say("accuracy", told.error ?? words.accuracy_none);
    else {
      const [name] = [...skipped, ...cut];
      say("accuracy", fill(name ? words.accuracy_switched : words.accuracy_whole, {
        path: skipped.length ? "F" : "x", block: name, drawings: told.drawings, switched: percent(told.switched),
        whole: percent(told.whole),
      }));
    }
  }

  async function look() {
    if (!select.value) return;
    const [seen] = await Promise.all([paths.run(about({ block: select.value })), throwSwitch()]);
    if (seen) showPaths(seen);
  }

  /* The answer without one path of the block. */
  async function throwSwitch() {
    for (const each of [switched, accuracy]) each.drop();
    say("accuracy", "");
    if (!wanted()) {
      say("switched", "");
      return;
    }
    const answer = await switched.run(about(switches()));
    if (answer) showSwitched(answer);
  }

  async function measure() {
    const asked = switches();
    say("accuracy", words.measuring);
    const answer = await accuracy.run(about(asked));
    if (answer) showAccuracy(answer, asked);
  }

  find('[data-do="accuracy"]').addEventListener("click", measure);
  select.addEventListener("change", () => { reset(); look(); });
  for (const radio of root.querySelectorAll('input[name="predict-switch"]')) radio.addEventListener("change", throwSwitch);

  /* What is on its way is about a picture that is no longer looked at. */
  const drop = () => [paths, switched, accuracy].forEach((each) => each.drop());

  return { offer, look, drop };
}
