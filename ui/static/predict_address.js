/* What the tab shows, in the page's address: checkpoint, drawing or validation picture, fit, layer, what is asked of the
   heat. Never a picture or a weight file of the visitor's own. Pictures are counted from 1 there, as on the page. */
const IN_ADDRESS = ["ask", "drawing", "unseen", "fit", "layer", "method", "label", "against", "heat_layer"];

const runOfAddress = () => new URL(window.location).searchParams.get("run") ?? "";

function readAddress() {
  const query = new URL(window.location).searchParams;
  return Object.fromEntries(IN_ADDRESS.map((name) => [name, query.get(name) ?? ""]));
}

/* A number of at most six digits, from 0; null where there is none. */
const counted = (text) => (/^[1-9]\d{0,5}$/.test(text) ? text - 1 : null);

const drawingOf = ({ drawing }, usual) => counted(drawing) ?? usual;

/* Validation pictures are those of the run that is asked. */
function unseenOf({ ask, unseen }) {
  const number = counted(unseen);
  return number === null || !ask.startsWith("run:") ? null : { run: ask.slice(4), number };
}

/* What is as usual is left out. */
function writeAddress({ pictures, unseen, drawing, usual, key, fit, layer, heat }) {
  const isUnseen = unseen && key === `run:${unseen.run}`;
  const said = {
    ask: key.startsWith("upload:") ? "" : key,
    drawing: pictures.length || unseen || drawing === usual ? "" : drawing + 1,
    unseen: isUnseen && !pictures.length ? unseen.number + 1 : "",
    fit: fit === "crop" ? "" : fit,
    layer,
    method: heat.method === "grad_cam" ? "" : heat.method,
    label: heat.label,
    against: heat.against,
    heat_layer: heat.layer,
  };
  const address = new URL(window.location);
  address.searchParams.set("tab", "predict");
  for (const name of IN_ADDRESS) {
    if (said[name]) address.searchParams.set(name, said[name]);
    else address.searchParams.delete(name);
  }
  window.history.replaceState(null, "", String(address).replaceAll("%2C", ",").replaceAll("%3A", ":"));
}
