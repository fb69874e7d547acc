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

  function foot(vote, leading) {
    const said = (vote.answers === 1 ? words.votes_one : words.votes).replace("{votes}", vote.answers);
    const sentence = !vote.open ? words.vote_closed
      : leading ? words.vote_hidden
      : vote.mine !== null ? words.vote_mine
      : words.vote_open;
    return sentence.replace("{votes}", said);
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
    for (const [place, button] of [...list.querySelectorAll("button")].entries()) {
      button.disabled = leading || !vote.open;
      button.setAttribute("aria-pressed", place === vote.mine);
      button.querySelector("em").hidden = place !== vote.mine;
      button.querySelector("samp").textContent = vote.counts?.[place] ?? "";
      button.querySelector("i").style.setProperty("--part", vote.counts && vote.answers ? vote.counts[place] / vote.answers : 0);
    }
    const said = box.querySelector('[data-say="votes"]');
    if (said.textContent !== foot(vote, leading)) said.textContent = foot(vote, leading);
    box.querySelector('[data-do="close_vote"]').hidden = !(leading && vote.open);
    box.querySelector('[data-do="end_vote"]').hidden = !leading;
  };
}
