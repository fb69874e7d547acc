/* The Architecture tab's picture and table, each as one tree of stages, blocks and operations: what is unfolded, selected
   and focused is the same part in both. */

/* --- marking, roles, focus --------------------------------------------------------------------------------------- */

function dress() {
  const [picture, table] = [region("picture"), region("table")];
  if (!picture) return;
  const svg = picture.querySelector("svg");
  svg.setAttribute("role", "tree");
  svg.setAttribute("aria-orientation", "horizontal");
  svg.classList.toggle("is-open", Boolean(svg.querySelector('[data-open="true"]')));
  for (const part of svg.querySelectorAll("[data-part]")) {
    part.setAttribute("role", "treeitem");
    part.setAttribute("aria-level", { stage: 1, block: 2, call: 3 }[part.dataset.level]);
    part.setAttribute("aria-label", part.querySelector("title")?.textContent || part.dataset.part);
    if (part.dataset.opens === "true") part.setAttribute("aria-expanded", part.dataset.open);
  }
  for (const where of [svg, table]) {
    for (const part of where.querySelectorAll("[data-part]")) {
      const chosen = part.dataset.part === look.select;
      part.classList.toggle("is-selected", chosen);
      part.setAttribute("aria-selected", chosen);
      part.setAttribute("tabindex", "-1");
    }
    const way = parts(where, look.select)[0] || where.querySelector("[data-part]");
    way?.setAttribute("tabindex", "0"); // one way in by Tab; arrows go on from there
  }
}

function light(name, on) {
  for (const where of [region("picture"), region("table")])
    for (const part of parts(where, name)) part.classList.toggle("is-near", on);
}

/* --- unfolding and selecting ------------------------------------------------------------------------------------- */

/* Scroll the picture and the table, and never the page, as far as it takes to see a part. */
function bringIntoView(name) {
  const [picture, table] = [region("picture"), region("table")?.querySelector(".net-table")];
  if (!name || !table) return;
  const height = (tag) => table.querySelector(tag)?.offsetHeight || 0;
  scrollWithin(picture, parts(picture, name)[0], 0, 0);
  scrollWithin(table, parts(table, name)[0], height("thead"), height("tfoot"));
}

function scrollWithin(box, part, above, below) {
  if (!part) return;
  const [outer, inner] = [box.getBoundingClientRect(), part.getBoundingClientRect()];
  const by = (from, to, least, most) => (from < least ? from - least : to > most ? Math.min(to - most, from - least) : 0);
  const [top, bottom] = [outer.top + above, Math.min(outer.bottom - below, window.innerHeight)];
  if (top + inner.height < bottom) box.scrollTop += by(inner.top, inner.bottom, top, bottom);
  if (part.tagName !== "TR") box.scrollLeft += by(inner.left, inner.right, outer.left, outer.right);
}

function select(name) {
  change({ select: look.select === name ? "" : name });
  dress();
  paint("why").then(() => look.select && say(words.explained.replace("{name}", look.select)));
  bringIntoView(look.select);
}

function allOpen() {
  return [...region("picture").querySelectorAll('[data-open="true"]')].map((part) => part.dataset.part);
}

function toggle(name, open, extra = {}) {
  if (look.open === "*" && painted !== "*") return Promise.resolve(); // all of it is on its way
  const names = look.open === "*" ? new Set(allOpen()) : opened();
  if (open) names.add(name);
  else for (const other of [...names]) if (other === name || other.startsWith(`${name}.`)) names.delete(other);
  change({ open: [...names].join(","), ...extra });
  return paint("picture", "table", ...("select" in extra ? ["why"] : []));
}

/* What is open is selected first, so that one can read about it; its arrow, or a second time, folds it. */
function pressed(part, arrow = false) {
  const name = part.dataset.part;
  const opens = part.dataset.opens === "true" || part.hasAttribute("aria-expanded");
  const isOpen = part.getAttribute("aria-expanded") === "true";
  if (!opens || (isOpen && !arrow && look.select !== name)) return select(name);
  return toggle(name, !isOpen, { select: name }).then(() => bringIntoView(name));
}

/* --- keyboard ---------------------------------------------------------------------------------------------------- */

function step(part, by) {
  const where = part.closest("svg") || part.closest("table");
  const all = [...where.querySelectorAll("[data-part]")];
  go(all[Math.max(0, Math.min(all.length - 1, all.indexOf(part) + by))]);
}

function go(part) {
  if (!part) return;
  const where = part.closest("svg") || part.closest("table");
  for (const other of where.querySelectorAll('[data-part][tabindex="0"]')) other.setAttribute("tabindex", "-1");
  part.setAttribute("tabindex", "0");
  part.focus();
}

function whole(part) {
  const level = Number(part.getAttribute("aria-level"));
  const all = [...(part.closest("svg") || part.closest("table")).querySelectorAll("[data-part]")];
  return all.slice(0, all.indexOf(part)).reverse().find((other) => Number(other.getAttribute("aria-level")) < level);
}

function key(event, part) {
  const expanded = part.getAttribute("aria-expanded");
  const inPicture = Boolean(part.closest("svg"));
  const does = {
    ArrowDown: () => (inPicture && expanded === "false" ? toggle(part.dataset.part, true) : step(part, 1)),
    ArrowUp: () => (inPicture && expanded === "true" ? toggle(part.dataset.part, false) : step(part, -1)),
    ArrowRight: () => (!inPicture && expanded === "false" ? toggle(part.dataset.part, true) : step(part, 1)),
    ArrowLeft: () => {
      if (inPicture) step(part, -1);
      else if (expanded === "true") toggle(part.dataset.part, false);
      else go(whole(part));
    },
    Home: () => step(part, -Infinity),
    End: () => step(part, Infinity),
    Enter: () => pressed(part),
    " ": () => pressed(part),
    Escape: () => look.select && select(look.select),
  }[event.key];
  if (!does || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  does();
}
