/* A weight file of the visitor's own: sent, looked into, and then a checkpoint like the others, for this page alone.
   `adopt` hears its key; what goes wrong is said beside the button. */
function weightPicker(root, words, adopt) {
  const input = root.querySelector(".predict-weights input");
  const place = root.querySelector('[data-say="weights"]');
  let mine = []; // {key, title}, the newest first

  function say(text, isRefused = false) {
    place.textContent = text;
    place.hidden = !text;
    place.className = isRefused ? "predict-note" : "predict-small";
  }

  async function take(file) {
    say(fill(words.weights_sending, { name: file.name }));
    let path;
    try {
      ({ path } = await upload(file));
    } catch {
      say(fill(words.weights_not_sent, { name: file.name }), true);
      return;
    }
    const key = `upload:${path.split(/[\\/]/).slice(-2).join("/")}`;
    const opened = await askServer("opened", { key });
    say(opened.error ?? "", true);
    if (opened.error) return;
    mine = [{ key, title: `${file.name} · ${opened.title}` }, ...mine.filter((other) => other.key !== key)];
    adopt(key);
  }

  input.addEventListener("change", () => {
    if (input.files.length) take(input.files[0]);
    input.value = "";
  });

  return { mine: () => mine, take };
}
