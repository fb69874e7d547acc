/* What lies under "Look deeper": the picture the network got, what is done to it, and what a layer makes of it. */
function deeperView(root, words) {
  const find = (selector) => root.querySelector(selector);
  const say = (name, text) => { find(`[data-say="${name}"]`).textContent = text; };
  const slider = find('[data-field="layer"]');
  const channel = channelView(root, words);
  let known = []; // layers of the checkpoint

  function reset() {
    for (const input of root.querySelectorAll("[data-change]")) {
      if (input.type === "checkbox") input.checked = false;
      else input.value = 0;
    }
  }

  function given(reply, checkpoint, fit) {
    if (reply.refused) return;
    const whole = find(".predict-whole");
    whole.hidden = !reply.whole;
    if (reply.whole) {
      find(".predict-whole img").src = reply.whole;
      const frame = find(".predict-whole i");
      frame.hidden = !reply.crop;
      const [left, top, right, bottom] = (reply.crop ?? [0, 0, 1, 1]).map((share) => 100 * share);
      frame.style.inset = `${top}% ${100 - right}% ${100 - bottom}% ${left}%`;
    }
    const how = reply.crop ? words.how_crop : fit === "squash" && reply.whole ? words.how_squash : "";
    say("given", fill(words.given, { side: checkpoint.side, how }));
    got(reply.square);
    say("got", fill(words.size_plain, { side: checkpoint.side }));
  }

  function got(square) {
    find(".predict-got img").src = square;
  }

  function layers({ layers: all, layer: own }, wanted) {
    known = all;
    slider.max = known.length - 1;
    const place = known.findIndex(({ name }) => name === wanted);
    slider.value = place < 0 ? known.findIndex(({ name }) => name === own) : place;
    told(own);
  }

  let own = "";
  function told(first = own) {
    own = first;
    const { name, shape, stage } = known[slider.value];
    const text = `${name} · ${shape.join("×")}`;
    say("layer", text);
    slider.setAttribute("aria-valuetext", text);
    find(".predict-maps").style.setProperty("--stage", `var(--lab-stage-${/^(stem|layer\d)$/.test(stage) ? stage : "head"})`);
    say("why", name === own ? fill(words.layer_default, { layer: name }) : "");
  }
  slider.addEventListener("input", () => told());

  function maps(sheet) {
    const place = find(".predict-grid");
    find(".predict-legend").hidden = Boolean(sheet.error);
    if (sheet.error) {
      say("maps", sheet.error);
      place.replaceChildren();
      channel.draw(null);
      return;
    }
    say("maps", sheet.caption);
    place.setAttribute("aria-label", sheet.caption);
    find(".predict-scale img").src = sheet.legend;
    say("low", short(sheet.scale[0]));
    say("high", short(sheet.scale[1]));
    say("zero", sheet.scale[0] < 0 ? "0" : "");
    say("extremes", fill(words.extremes, { low: short(sheet.extremes[0]), high: short(sheet.extremes[1]) }));
    children(place, "button", sheet.order.length).forEach((button, number) => {
      if (!button.firstChild) {
        button.type = "button";
        button.append(make("canvas"), make("canvas", "", "predict-filter-of"), make("span"));
      }
      const [canvas, filter, caption] = button.children;
      cut(canvas, sheet.strip, number, sheet.width, sheet.height);
      canvas.style.width = `${sheet.width * sheet.factor}px`;
      filter.hidden = !sheet.filters;
      if (sheet.filters) cut(filter, sheet.filters.strip, number, sheet.filters.side, sheet.filters.side);
      caption.textContent = sheet.order[number];
      const about = fill(words.channel, { channel: sheet.order[number], mean: short(sheet.means[number]) });
      button.title = about;
      button.setAttribute("aria-label", about);
    });
    find(".predict-filters").hidden = !sheet.filters;
    channel.draw(sheet, find(".predict-got img").src);
  }

  find(".predict-grid").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) channel.choose([...button.parentNode.children].indexOf(button));
  });

  return { reset, given, got, layers, layer: () => known[slider.value].name, maps };
}
