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
  element.classList.toggle("is-elsewhere", Boolean(field));
  if (!field) return;
  const here = document.createElement("p");
  here.className = here.id = "net-refusal-here";
  here.textContent = said.textContent;
  field.append(here);
  for (const input of field.querySelectorAll("input, textarea")) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", here.id);
  }
  here.scrollIntoView({ block: "nearest" });
}

watch("value", mark);
