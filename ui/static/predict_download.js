/* ImageNet weights that are not on the server yet: offered with their size, brought by a click, and then asked. They come
   once, however many pages wait for them. `arrived` hears the key. */
function downloadView(root, words, arrived) {
  const POLL_MS = 500;
  const place = root.querySelector(".predict-download");
  const button = place.querySelector("button");
  const bar = place.querySelector("progress");
  const refusal = place.querySelector('[data-say="download_refused"]');
  const say = (name, text) => { place.querySelector(`[data-say="${name}"]`).textContent = text; };
  let wanted = null; // {key, title, knows}

  /* Shows what can be brought, or nothing. */
  function offer(one) {
    wanted = one;
    place.hidden = !one;
    root.querySelector('[data-say="knows"]').hidden = Boolean(one); // it is of the checkpoint that has answered
    if (!one) return;
    say("download_title", one.title);
    say("download_knows", one.knows);
    bar.setAttribute("aria-label", one.title);
    rest("");
  }

  function rest(error) {
    button.ariaDisabled = "false";
    bar.hidden = true;
    say("download", "");
    refusal.textContent = error;
    refusal.hidden = !error;
  }

  function show({ what, done, total }) {
    button.ariaDisabled = "true"; // not `disabled`: whoever is on it stays there
    bar.hidden = false;
    refusal.hidden = true;
    bar.max = total || 1;
    if (total) bar.value = done;
    else bar.removeAttribute("value");
    const sentence = what !== "downloading" ? words.download_checked
      : total ? words.download_some : done ? words.download_unsized : words.download_asked;
    say("download", fill(sentence, { done, total }));
  }

  async function bring() {
    if (button.ariaDisabled === "true") return;
    const mine = wanted;
    const ask = (name) => askServer(name, { key: mine.key });
    show({ what: "downloading", done: 0, total: 0 });
    let told = await ask("download");
    while (wanted === mine && element.isConnected && told.here === false) {
      show(told);
      await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
      told = await ask("downloaded");
    }
    if (wanted !== mine || told.here === false) return; // something else was chosen; it comes all the same
    if (told.error) {
      rest(told.error);
      return;
    }
    if (place.contains(document.activeElement)) root.querySelector('[data-field="checkpoint"]').focus();
    offer(null);
    arrived(mine.key);
  }

  button.addEventListener("click", bring);
  return { offer };
}
