/* The Architecture tab's buttons: what the table shows, and what one takes along. */

const tools = {
  table: (kind) => change({ table: kind === "operations" ? "" : kind }) || repaint(),
  columns: () => change({ columns: look.columns === "all" ? "" : "all" }) || repaint(),
  unfold: () => change({ open: "*" }) || repaint(),
  fold: () => change({ open: "" }) || repaint(),
  time: async (_, button) => {
    button.disabled = true;
    say(words.timing);
    const answer = await ask("measure", { look });
    button.disabled = false;
    if (!answer) return;
    change({ times: "1" });
    await paint("table");
  },
  python: async () => {
    const answer = await ask("python", { look });
    if (answer) copy(answer.code);
  },
  save: async (kind) => {
    if (kind === "svg" || kind === "png") return savePicture(kind);
    const answer = await ask("write_file", { look, format: kind });
    if (answer) save(new Blob([answer.text], { type: answer.type }), answer.name);
  },
};

function repaint() {
  const [torchstat, wide] = [look.table === "torchstat", look.columns === "all"];
  for (const button of element.querySelectorAll(".net-tools [data-do]")) {
    const [what, kind] = button.dataset.do.split(":");
    if (what === "table") button.setAttribute("aria-pressed", (kind === "torchstat") === torchstat);
    if (what === "columns") button.setAttribute("aria-pressed", wide);
    if (["columns", "unfold", "fold", "time"].includes(what)) button.hidden = torchstat;
  }
  return paint("picture", "table");
}

const WIDEST = 16384; // pixels; browsers draw no wider canvas

/* The file gets the picture as the server draws it, in its own colours, whatever the page's theme is. */
async function savePicture(kind) {
  const answer = await ask("write_file", { look, format: "svg" });
  if (!answer) return;
  const svg = new Blob([answer.text], { type: answer.type });
  if (kind === "svg") return save(svg, answer.name);
  const image = new Image();
  image.src = URL.createObjectURL(svg);
  await image.decode();
  const scale = Math.min(2, WIDEST / image.naturalWidth); // twice as fine, for a projector
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth * scale, image.naturalHeight * scale];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((png) => (png ? save(png, answer.name.replace(/svg$/, "png")) : say(words.no_png)), "image/png");
}

async function copy(code) {
  let place = element.querySelector(".net-code");
  if (!place) {
    place = document.createElement("pre");
    place.className = "net-code";
    place.tabIndex = 0;
    element.querySelector(".net-take").after(place);
  }
  say((await copyText(code, place)) ? words.copied : words.copy_yourself);
}
