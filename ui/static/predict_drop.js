/* Files that are dropped, pasted or picked: pictures are sent one after the other, a weight file goes to `weigh`.
   `begin` hears that pictures are on their way, `say` how far they are, `end` what has arrived: [{path, name}], or null. */
function dropZone(root, words, most, { begin, say, end, weigh }) {
  const zone = root.querySelector(".predict-drop");
  const isWeights = ({ name }) => /\.safetensors$/i.test(name);

  async function take(given) {
    const pictures = given.filter((file) => !isWeights(file));
    if (given.some(isWeights)) weigh(given.find(isWeights));
    if (!pictures.length) return;
    const files = pictures.slice(0, most);
    const sent = [];
    begin();
    for (const [number, file] of files.entries()) {
      say(fill(words.sending, { number: number + 1, count: files.length }));
      try {
        sent.push({ path: (await upload(file)).path, name: file.name });
      } catch {
        end(null);
        say(words.not_sent);
        return;
      }
    }
    await end(sent);
    if (pictures.length > files.length) say(fill(words.too_many, { given: pictures.length, most }));
  }

  for (const input of zone.querySelectorAll('input[type="file"]')) {
    input.addEventListener("change", () => {
      take([...input.files]);
      input.value = "";
    });
  }
  for (const kind of ["dragenter", "dragover"]) {
    root.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.dataset.over = "";
    });
  }
  for (const kind of ["dragleave", "drop"]) root.addEventListener(kind, () => delete zone.dataset.over);
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    if (root.isConnected && root.offsetParent !== null && event.clipboardData.files.length) take([...event.clipboardData.files]);
  });
}
