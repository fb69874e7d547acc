/* Draws what a checkpoint says: one picture as a card, several as a table, a refusal in the answer's place. */
const MOST_BARS = 5;
const CARD_PX = window.matchMedia("(max-width: 760px)").matches ? 224 : 352; // on a phone all of the answer fits a screen

const capital = (name) => name.charAt(0).toUpperCase() + name.slice(1);
const milliseconds = (ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0));
const sentenceOf = ({ label, shares }) => `${capital(label)}, ${percentOf(shares[0][1])}`;

/* What a checkpoint says of a picture, in a table: the likeliest class with its bar, or why it says nothing. */
function answerCell(reply, words) {
  const cell = make("td");
  if (reply.refused) {
    cell.append(make("b", words.no_answer), `: ${reply.refused.what}. ${reply.refused.cure}.`);
    return cell;
  }
  const bar = make("i");
  bar.append(make("b"));
  bar.firstChild.style.width = `${100 * reply.shares[0][1]}%`;
  cell.append(make("b", sentenceOf(reply)), reply.unfamiliar ? ` (${words.unfamiliar_mark})` : "", bar);
  return cell;
}

function answerView(root, words) {
  const find = (selector) => root.querySelector(selector);
  const say = (name, text) => { find(`[data-say="${name}"]`).textContent = text; };
  let answering = ""; // the checkpoint, as the list calls it
  let order = { by: "", down: true };

  function checkpoint({ key, knows, unseen }) {
    say("knows", knows);
    find(".predict-unseen").hidden = !unseen;
    const select = find('[data-field="checkpoint"]');
    select.value = key;
    answering = select.selectedOptions[0]?.textContent ?? "";
  }

  function list(known, key) {
    const select = find('[data-field="checkpoint"]');
    children(select, "option", known.length).forEach((option, number) => {
      option.value = known[number].key;
      option.textContent = known[number].title;
    });
    if (key) select.value = key;
  }

  /* Whole pixels, enlarged by a whole factor; a picture that is larger than its place is shrunk. */
  function enlarge(image, side) {
    const factor = Math.max(1, Math.floor(CARD_PX / side));
    image.style.width = `${side > CARD_PX ? CARD_PX : side * factor}px`;
    image.classList.toggle("predict-pixels", side <= CARD_PX);
    return factor;
  }

  function card(reply, { side }) {
    find(".predict-card").hidden = Boolean(reply.refused);
    find(".predict-refused").hidden = !reply.refused;
    find(".predict-deeper").hidden = Boolean(reply.refused);
    if (reply.refused) {
      say("refused_name", reply.name);
      say("refused", `${reply.refused.what}.`);
      say("cure", reply.refused.cure && `${reply.refused.cure}.`);
      return;
    }
    const image = find(".predict-stack img");
    image.src = reply.square;
    const factor = enlarge(image, side);
    say("size", fill(factor > 1 ? words.size : words.size_plain, { side, factor }));
    say("name", reply.name);
    say("truth", reply.truth ? fill(reply.drawn ? words.drawn_as : words.labelled, { label: reply.truth }) : "");
    covering(null);
    says(reply, reply);
  }

  /* What it says now, and what it said of the picture as it was given. */
  function says(answer, before, isOver = true) {
    say("sentence", sentenceOf(answer));
    if (isOver) say("heard", `${sentenceOf(answer)}${answer.unfamiliar ? ` (${words.unfamiliar_mark})` : ""}`); // not each step of a drag
    const odd = find('[data-say="unfamiliar"]');
    odd.hidden = !answer.unfamiliar;
    odd.textContent = answer.unfamiliar ? fill(words.unfamiliar, { percent: props.odd_percent }) : "";
    const shown = answer.shares.slice(0, MOST_BARS);
    const rest = answer.classes - shown.length;
    if (rest) shown.push([fill(words.rest, { n: rest }), Math.max(0, shown.reduce((left, [, share]) => left - share, 1))]);
    const was = Object.fromEntries(before.shares);
    children(find(".predict-bars"), "li", shown.length).forEach((item, number) => {
      if (!item.firstChild) {
        item.append(make("span"), make("i"), make("span"));
        item.children[1].append(make("b"), make("u"));
      }
      const [name, share] = shown[number];
      item.children[0].textContent = name;
      item.children[1].children[0].style.width = `${100 * share}%`;
      const mark = item.children[1].children[1]; // where it was
      mark.hidden = answer === before || !(name in was);
      mark.style.left = `${100 * (was[name] ?? 0)}%`;
      item.children[2].textContent = percentOf(share);
    });
    say("took", fill(words.took, { ms: milliseconds(answer.milliseconds) }));
    if (answer !== before && answer.square) find(".predict-stack img").src = answer.square;
  }

  function covering(place) {
    find('[data-do="uncover"]').hidden = !place;
    find('[data-do="cover"]').hidden = Boolean(place);
    say("cover", place ? words.covering : words.cover_info);
  }

  function table(replies, chosen) {
    const place = find(".predict-several");
    place.hidden = replies.length < 2;
    if (place.hidden) return;
    const without = replies.filter((reply) => reply.refused).length;
    say("several", fill(without ? words.several_refused : words.several, { n: replies.length, refused: without }));
    const value = (reply) => ({
      name: reply.name, share: reply.refused ? "" : reply.label + reply.shares[0][1].toFixed(4),
      milliseconds: reply.milliseconds ?? -1,
    }[order.by]);
    const rows = replies.map((reply, number) => ({ reply, number }));
    if (order.by) {
      rows.sort((one, other) => {
        const [a, b] = [value(one.reply), value(other.reply)];
        return (typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b) * (order.down ? 1 : -1);
      });
    }
    for (const head of root.querySelectorAll("[data-sort]")) {
      const sorted = head.dataset.sort === order.by ? (order.down ? "ascending" : "descending") : "none";
      head.closest("th").setAttribute("aria-sort", sorted);
      head.onclick = () => {
        order = { by: head.dataset.sort, down: head.dataset.sort === order.by ? !order.down : true };
        table(replies, chosen);
      };
    }
    find(".predict-several tbody").replaceChildren(...rows.map(({ reply, number }) => row(reply, number, number === chosen)));
  }

  function row(reply, number, isChosen) {
    const line = make("tr", "", reply.refused ? "predict-without" : "");
    line.dataset.place = number;
    const head = make("th");
    head.scope = "row";
    const button = make("button");
    button.type = "button";
    button.setAttribute("aria-pressed", isChosen);
    if (!reply.refused) {
      const image = make("img");
      image.src = reply.square;
      image.alt = "";
      button.append(image);
    } else button.append(make("i"));
    button.append(make("span", reply.name));
    head.append(button);
    line.append(head, answerCell(reply, words), make("td", reply.refused ? "" : milliseconds(reply.milliseconds)));
    return line;
  }

  /* All answers as a file: a picture a line; a class a column, or of very many classes the likeliest five. */
  function csv(replies) {
    const cell = (text) => {
      const plain = String(text).replace(/^([=+\-@\t])/, "'$1"); // a spreadsheet would take it for a formula
      return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
    };
    const [head, of] = replies.some(({ shares, classes }) => shares?.length < classes) ? ranks() : columns(replies);
    const lines = replies.map((reply) => [
      reply.name, reply.label ?? "", ...of(reply.shares ?? []), reply.unfamiliar ?? "", reply.refused?.what ?? "",
    ].map(cell).join(","));
    const first = ["file", "label", ...head, "unfamiliar", "refused"].map(cell).join(",");
    save(new Blob([[first, ...lines].join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" }), "answers.csv");
  }

  function columns(replies) {
    const names = [...new Set(replies.flatMap((reply) => (reply.shares ?? []).map(([name]) => name)))].sort();
    return [names, (shares) => { const share = Object.fromEntries(shares); return names.map((name) => share[name] ?? ""); }];
  }

  function ranks() {
    const places = Array.from({ length: MOST_BARS }, (_, place) => place);
    const head = places.flatMap((place) => (place ? [`label_${place + 1}`, `share_${place + 1}`] : ["share"]));
    return [head, (shares) => places.flatMap((place) => (shares[place] ?? ["", ""]).slice(place ? 0 : 1))];
  }

  const about = (reply) => `${reply.name} · ${answering}`;

  /* The picture with what is laid over it and, under it, what is said of it, as one file. */
  function picture(reply, stack) {
    const [wide, gap] = [448, 16];
    const canvas = make("canvas");
    const pen = canvas.getContext("2d");
    const font = getComputedStyle(root).fontFamily;
    const told = [
      [`600 28px ${font}`, 36, find('[data-say="sentence"]').textContent],
      [`15px ${font}`, 22, find('[data-say="unfamiliar"]').textContent],
      [`15px ${font}`, 22, find('[data-do="uncover"]').hidden ? "" : words.was_covered],
      [`15px ${font}`, 22, about(reply)],
    ];
    const lines = told.flatMap(([style, high, text]) => folded(pen, style, text, wide).map((line) => [style, high, line]));
    canvas.width = wide + 2 * gap;
    canvas.height = wide + 3 * gap + lines.reduce((sum, [, high]) => sum + high, 0);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingEnabled = false;
    for (const layer of stack.children) {
      if (!layer.hidden && (layer.naturalWidth || layer.width)) {
        pen.globalAlpha = Number(getComputedStyle(layer).opacity);
        pen.drawImage(layer, gap, gap, wide, wide);
      }
    }
    pen.globalAlpha = 1;
    pen.fillStyle = "#1b1f24";
    let down = wide + 2 * gap;
    for (const [style, high, line] of lines) {
      pen.font = style;
      pen.fillText(line, gap, (down += high) - 6, wide);
    }
    canvas.toBlob((blob) => save(blob, "answer.png"));
  }

  /* A text in lines of that width. */
  function folded(pen, style, text, wide) {
    pen.font = style;
    const lines = [];
    for (const word of text.split(" ").filter(Boolean)) {
      const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
      if (lines.length && pen.measureText(longer).width <= wide) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  }

  return { checkpoint, list, card, says, covering, table, csv, picture, about };
}
