/* Questions to the server whose answers may come late. */

/* Calls a function of the server. Of one that is out of reach Gradio's page answers nothing at all. */
async function askServer(name, asked) {
  return (await server[name](asked).catch(() => null)) ?? { error: words.offline };
}

/* Calls a function of the server, one call at a time: what is asked meanwhile waits, and only the newest of it is asked.
   Returns null for an answer that nobody waits for any longer. */
function latest(name) {
  let busy = false;
  let next = null;
  let round = 0;
  async function run(asked) {
    const mine = ++round;
    if (busy) {
      next?.(null);
      if (!(await new Promise((resolve) => { next = resolve; }))) return null;
    }
    busy = true;
    const answer = await askServer(name, asked);
    busy = false;
    const waiting = next;
    next = null;
    waiting?.(true);
    return mine === round ? answer : null;
  }
  return { run, drop: () => { round += 1; } };
}
