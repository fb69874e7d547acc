/* What one takes along: the address, the code, the answers as a table, and each part of the tab as a picture. */
function takeView(root, words, { code, csv, caption }) {
  const find = (selector) => root.querySelector(selector);

  async function copy(text) {
    const isCopied = await copyText(text, find(".predict-taken"));
    find('[data-say="taken"]').textContent = isCopied ? words.copied : words.copy_yourself;
  }

  async function python() {
    const answer = await code();
    if (answer.error) find('[data-say="taken"]').textContent = answer.error;
    else copy(answer.code);
  }

  root.addEventListener("click", ({ target }) => {
    const what = target.closest("[data-do]")?.dataset.do;
    if (what === "link") copy(String(window.location));
    else if (what === "python") python();
    else if (what === "csv") csv();
    else if (what === "part") {
      const part = target.closest("section");
      partAsPicture(part, caption()).toBlob((file) => save(file, `${part.className.replace("predict-", "")}.png`));
    }
  });
}
