/* A refusal is also said at the field it is about; what stayed on show is greyed. Gradio runs this with `element` and
   `watch`. */

function mark() {
  const said = element.querySelector(".net-refusal");
  for (const old of document.querySelectorAll(".net-refusal-here")) old.remove();
  for (const input of document.querySelectorAll("#architecture-controls [aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
  document.getElementById("net-board")?.classList.toggle("is-refused", said?.dataset.stays === "true");
  const field = said?.dataset.field && document.getElementById(said.dataset.field);
  const away = field && field.checkVisibility() && !field.closest("#net-inputs"); // under these two it stands anyway
  element.classList.toggle("is-elsewhere", Boolean(away));
  if (!away) said?.scrollIntoView({ block: "nearest" });
  if (!field) return;
  for (const input of field.querySelectorAll("input, textarea")) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", said.id);
  }
  if (!away) return;
  const here = document.createElement("p");
  here.className = "net-refusal-here";
  here.textContent = said.textContent;
  here.ariaHidden = "true"; // it is said once
  field.append(here);
  here.scrollIntoView({ block: "nearest" });
}

watch("value", mark);
