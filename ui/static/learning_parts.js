/* Draws what was observed of a run. */

const unbroken = (share) => percentOf(share).replace(" ", "\u00a0"); // in a narrow place the sign stays with its number

function parts(root, words) {
  const find = (selector) => root.querySelector(selector);
  const say = (name, text) => {
    const place = find(`[data-say="${name}"]`);
    if (place.textContent !== text) place.textContent = text;
    return place;
  };

  function probes(about, detail, chosen, choose) {
    const items = children(find(".learn-probes ul"), "li", about.positions.length);
    items.forEach((item, number) => {
      const seen = detail.probes[number];
      const isRight = seen.label === seen.truth;
      let button = item.firstChild;
      if (!button) {
        button = make("button");
        button.type = "button";
        button.append(make("canvas"), make("b"), make("span"), make("em"));
        button.addEventListener("click", () => choose(number));
        item.append(button);
      }
      const [canvas, truth, answer, verdict] = button.children;
      cut(canvas, about.strip, number);
      truth.textContent = fill(words.is, { truth: seen.truth });
      answer.textContent = fill(words.says, { label: seen.label, share: unbroken(seen.share) });
      verdict.textContent = `${isRight ? "✓" : "✗"} ${isRight ? words.right : words.wrong}`;
      verdict.className = isRight ? "learn-right" : "learn-wrong";
      button.setAttribute("aria-pressed", chosen === number ? "true" : "false");
      button.setAttribute("aria-label", fill(words.probe, {
        number: number + 1, truth: seen.truth, label: seen.label, share: percentOf(seen.share),
        verdict: isRight ? words.right : words.wrong,
      }));
    });
  }

  function confusion(detail, chosen, choose) {
    const table = find(".learn-confusion table");
    const names = detail.classes;
    say("some", names.length < detail.all_classes
      ? fill(words.some_classes, { shown: names.length, all: detail.all_classes }) : "");
    const rows = children(table, "tr", names.length + 1);
    const heads = [words.truth, ...names];
    if (rows[0].children.length !== heads.length) rows[0].replaceChildren(...heads.map(() => make("th")));
    heads.forEach((name, index) => {
      const head = rows[0].children[index];
      head.scope = "col";
      head.textContent = name;
      head.title = name;
    });
    names.forEach((name, row) => {
      const line = rows[row + 1];
      if (line.children.length !== names.length + 1) {
        line.replaceChildren(make("th"), ...names.map((_, column) => {
          const cell = make("td");
          const button = make("button");
          button.type = "button";
          button.addEventListener("click", () => choose(row, column));
          cell.append(button);
          return cell;
        }));
      }
      line.firstChild.scope = "row";
      line.firstChild.textContent = name;
      line.firstChild.title = name;
      const counts = detail.confusion[row];
      const all = counts.reduce((sum, count) => sum + count, 0) || 1;
      counts.forEach((count, column) => {
        const cell = line.children[column + 1];
        const button = cell.firstChild;
        cell.className = row === column ? "learn-diagonal" : "";
        cell.style.setProperty("--part", count / all);
        button.textContent = count.toLocaleString("en");
        button.disabled = count === 0;
        const isChosen = chosen && chosen.truth === name && chosen.label === names[column];
        button.setAttribute("aria-pressed", isChosen ? "true" : "false");
        button.setAttribute("aria-label", cellName(detail, row, column));
      });
    });
    cell(detail, chosen);
  }

  function cellName(detail, row, column) {
    const sentence = row === column ? words.cell_right : words.cell;
    const count = detail.confusion[row][column].toLocaleString("en");
    return fill(sentence, { count, truth: detail.classes[row], label: detail.classes[column] });
  }

  function cell(detail, chosen) {
    const row = chosen ? detail.classes.indexOf(chosen.truth) : -1;
    const column = chosen ? detail.classes.indexOf(chosen.label) : -1;
    const isThere = row >= 0 && column >= 0;
    find(".learn-cell").hidden = !isThere;
    if (!isThere) return;
    const found = detail.cells.find((each) => each[0] === row && each[1] === column);
    const places = found ? found[2] : [];
    say("cell", cellName(detail, row, column));
    say("shown", fill(words.cell_shown, { shown: places.length, count: detail.confusion[row][column] }));
    children(find(".learn-cell .learn-tiles"), "canvas", places.length)
      .forEach((canvas, index) => cut(canvas, detail.strip, places[index]));
  }

  function mistaken(detail) {
    say("mistaken", words.mistaken_none).hidden = detail.mistaken.length > 0;
    children(find(".learn-mistaken ul"), "li", detail.mistaken.length).forEach((item, index) => {
      const each = detail.mistaken[index];
      if (!item.firstChild) item.append(make("canvas"), make("span"));
      cut(item.firstChild, detail.strip, each.picture);
      item.lastChild.textContent = fill(words.mistaken, {
        truth: each.truth, label: each.label, share: unbroken(each.share),
      });
    });
  }

  function filters(detail) {
    const seen = detail.filters;
    find(".learn-filters").hidden = !seen;
    if (!seen) return;
    say("filters", fill(words.filters, { ...seen, largest: short(seen.largest) }));
    const tiles = find(".learn-filters .learn-tiles");
    children(tiles, "canvas", seen.shown)
      .forEach((canvas, index) => cut(canvas, `data:image/png;base64,${seen.png}`, index));
  }

  function stages(detail) {
    const body = find(".learn-stages tbody");
    children(body, "tr", detail.stages.length).forEach((row, index) => {
      const stage = detail.stages[index];
      if (!row.firstChild) {
        const head = make("th");
        head.scope = "row";
        const dead = make("td");
        dead.append(make("span"), make("i"));
        row.append(head, dead, make("td"), make("td"));
      }
      const known = ["stem", "layer1", "layer2", "layer3", "layer4"].includes(stage.stage) ? stage.stage : "head";
      row.style.setProperty("--stage", `var(--lab-stage-${known})`);
      const [head, dead, mean, std] = row.children;
      head.textContent = stage.stage;
      dead.firstChild.textContent = fill(words.dead, stage);
      dead.lastChild.style.setProperty("--part", stage.dead / stage.channels);
      mean.textContent = short(stage.mean);
      std.textContent = short(stage.std);
    });
  }

  function then(answer, values) {
    find(".learn-seen").hidden = !answer;
    if (!answer) return;
    const select = find(".learn-then select");
    const names = answer.layers.map((layer) => layer.name);
    if ([...select.options].map((option) => option.value).join() !== names.join()) {
      select.replaceChildren(...names.map((name) => new Option(name, name)));
    }
    select.value = answer.layer;
    const stage = answer.layers.find((layer) => layer.name === answer.layer).stage;
    find(".learn-seen").style.setProperty("--stage", `var(--lab-stage-${stage}, var(--lab-stage-head))`);
    find(".learn-seen img").src = answer.heat;
    const said = fill(answer.cold ? words.cold : words.heat, { layer: answer.layer, label: answer.label });
    say("heat", said);
    find(".learn-seen img").alt = `${values}. ${said}`;
    say("maps", fill(answer.maps.signed ? words.maps_signed : words.maps, answer.maps));
    const tiles = find(".learn-seen .learn-tiles");
    tiles.setAttribute("aria-label", answer.maps.caption);
    children(tiles, "canvas", answer.maps.shown)
      .forEach((canvas, index) => cut(canvas, answer.maps.strip, index, answer.maps.width, answer.maps.height));
  }

  return { say, probes, confusion, mistaken, filters, stages, then };
}
