/* An address beside the page, at the root that Gradio found behind its proxy, and at the page's own host and protocol. */
function beside(name, asked) {
  const base = new URL(window.gradio_config?.root || "/", window.location.href).pathname.replace(/\/*$/, "/");
  return `${base}${name}?${new URLSearchParams(asked)}`;
}
