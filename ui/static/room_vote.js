/* What the room votes on: the answers as buttons, each with its bar once one may see how many gave it. */

function ballot(root, words, guess) {
  const box = root.querySelector(".room-vote");
  const list = box.querySelector("ul");
  let shown = 0; // the number of the vote whose answers stand there

  function option(text, place) {
    const button = document.createElement("button");
    button.type = "button";
    const part = (tag, content = "") => button.append(Object.assign(document.createElement(tag), { textContent: content }));
    part("b", text);
    part("em", words.vote_mark);
    part("samp");
    part("i");
    button.addEventListener("click", () => guess(shown, place));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  function foot(vote, votes) {
    const said = (votes === 1 ? words.votes_one : words.votes).replace("{votes}", votes);
    if (!vote.open) return words.vote_closed.replace("{votes}", said);
    if (vote.mine !== null) return words.vote_mine.replace("{votes}", said);
    return vote.counts ? said : words.vote_open;
  }

  return function show(vote, leading) {
    box.hidden = !vote;
    if (!vote) {
      shown = 0;
      return;
    }
    if (vote.number !== shown) {
      shown = vote.number;
      box.querySelector("h2").textContent = vote.question;
      list.replaceChildren(...vote.options.map(option));
    }
    const votes = vote.counts?.reduce((sum, count) => sum + count, 0) ?? 0;
    for (const [place, button] of [...list.querySelectorAll("button")].entries()) {
      button.disabled = leading || !vote.open;
      button.setAttribute("aria-pressed", place === vote.mine);
      button.querySelector("em").hidden = place !== vote.mine;
      button.querySelector("samp").textContent = vote.counts?.[place] ?? "";
      button.querySelector("i").style.setProperty("--part", votes ? vote.counts[place] / votes : 0);
    }
    const said = box.querySelector('[data-say="votes"]');
    if (said.textContent !== foot(vote, votes)) said.textContent = foot(vote, votes);
    box.querySelector('[data-do="close_vote"]').hidden = !(leading && vote.open);
    box.querySelector('[data-do="end_vote"]').hidden = !leading;
  };
}
