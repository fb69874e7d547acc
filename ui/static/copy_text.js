/* Browsers give the clipboard to secure pages only; in a workshop the page often is not one, so the text is shown too, and
   selected where it could not be copied. Returns whether it was. */
async function copyText(text, place) {
  place.textContent = text;
  place.hidden = false;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    window.getSelection().selectAllChildren(place);
    return false;
  }
}
