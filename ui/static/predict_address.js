/* What the tab shows, in the page's address: checkpoint, drawing or validation picture, fit, layer, what is asked of the
   heat. Never a picture or a weight file of the visitor's own. Pictures are counted from 1 there; a validation picture
   is RUN:NUMBER, whichever checkpoint is asked about it. */
const IN_ADDRESS = ["ask", "drawing", "unseen", "fit", "layer", "method", "label", "against", "heat_layer"];

const runOfAddress = () => new URL(window.location).searchParams.get("run") ?? "";

function readAddress() {
  const query = new URL(window.location).searchParams;
  return Object.fromEntries(IN_ADDRESS.map((name) => [name, query.get(name) ?? ""]));
}

/* A number of at most six digits, from 0; null where there is none. */
const counted = (text) => (/^[1-9]\d{0,5}$/.test(text) ? text - 1 : null);

const drawingOf = ({ drawing }, usual) => counted(drawing) ?? usual;

/* RUN:NUMBER; null where it is nothing of the kind. */
function unseenOf({ unseen }) {
  const [run, count] = unseen.split(":");
  const number = counted(count ?? "");
  return number === null ? null : { run, number };
}

/* What is as usual is left out. */
function writeAddress({ pictures, unseen, drawing, usual, key, fit, layer, heat }) {
  const said = {
    ask: key.startsWith("upload:") ? "" : key,
    drawing: pictures.length || unseen || drawing === usual ? "" : drawing + 1,
    unseen: unseen && !pictures.length ? `${unseen.run}:${unseen.number + 1}` : "",
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
