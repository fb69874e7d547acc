/* Inside a residual block: its two paths and their sum, and the answer without one of them. */
function blockView(root, words) {
  const find = (selector) => root.querySelector(selector);
  const say = (name, text) => { find(`[data-say="${name}"]`).textContent = text; };
  const select = find('[data-field="block"]');
  const wanted = () => find('input[name="predict-switch"]:checked').value;

  function offer({ blocks }) {
    const before = select.value;
    children(select, "option", blocks.length).forEach((option, number) => {
      option.value = blocks[number];
      option.textContent = blocks[number];
    });
    if (blocks.includes(before)) select.value = before;
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

  function paths(told) {
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

  function switched(told, before) {
    if (!wanted() || told.error) {
      say("switched", told.error ?? "");
      return;
    }
    const [label, share] = told.shares[0];
    say("switched", fill(words.switched, {
      label: capital(label), share: percentOf(share), before: `${capital(before[0])}, ${percentOf(before[1])}`,
    }));
  }

  /* `asked` is what it was measured without. */
  function accuracy(told, { skipped, cut }) {
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

  return {
    offer, reset, switches, paths, switched, accuracy, block: () => select.value, isSwitched: () => Boolean(wanted()),
    measuring: () => say("accuracy", words.measuring), forget: () => say("accuracy", ""),
  };
}
