/* "Share": the address of the run that is watched, for another device. Gradio runs this with `element`, `props` and
   `server`; which run is watched the live panel tells, how many watch it the room does. */

const root = element.querySelector(".share");
const words = props.words;
const find = (selector) => root.querySelector(selector);
const say = (name, text) => { find(`[data-say="${name}"]`).textContent = text; };
const field = find("input");
let run = new URL(window.location).searchParams.get("run") ?? "";
let shown = null; // the run whose address stands there

async function show() {
  say("none", run ? "" : words.share_none);
  find(".share-body").hidden = !run;
  if (!run || !root.open || shown === run) return;
  const asked = run;
  let answer;
  try {
    answer = await server.invite({ page: window.location.origin + window.location.pathname, run });
  } catch {
    answer = { error: words.away };
  }
  if (asked !== run) return;
  shown = answer.error ? null : run;
  field.value = answer.address ?? "";
  say("said", answer.error ?? answer.note);
  const picture = find("img");
  picture.hidden = !answer.qr;
  picture.src = answer.qr ?? "";
}

/* Browsers give the clipboard to secure pages only; in a workshop the page often is not one. */
async function copy() {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    say("said", words.copied);
  } catch {
    say("said", words.copy_yourself);
  }
}

document.addEventListener("lab:run", (event) => {
  if (event.detail.run !== run) say("watching", "");
  run = event.detail.run;
  show();
});
document.addEventListener("lab:room", ({ detail }) => {
  const people = detail.run === run ? detail.watching : 0;
  const said = people === 1 ? words.share_one : words.share_people.replace("{people}", people);
  say("watching", people ? said : "");
});
root.addEventListener("toggle", show);
find("button").addEventListener("click", copy);
show();
