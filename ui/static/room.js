/* The room: tells the server that this browser is here, follows the leader, and leads where it has opened the leader's
   link. Gradio runs the room scripts as one, with `element`, `props`, `server` and `trigger`; the event `moved` makes the
   Architecture tab show what the leader has on show. */

const QUICK = 1000; // milliseconds between two looks where somebody leads
const CALM = 3000; // where they only count who watches
const AWAY = 5000; // nobody looks
const NOTICE = 250; // between two looks at the leader's own address
const WEEK = 7 * 24 * 3600; // seconds

const root = element.querySelector(".room");
const words = props.words;
const { led } = props;
const find = (what) => root.querySelector(`[data-do="${what}"]`);
const panels = { invite: root.querySelector(".room-invite"), ask: root.querySelector(".room-form") };
const who = browser();
const showVote = ballot(root, words, (number, option) => act("guess", { who, number, option }));
const leader = follower((number) => {
  props.value = number;
  trigger("moved");
});

let now = null; // the server's last answer
let alone = store.read("lab.alone", ""); // the round in which this browser left the leader
let timer = null;
let asking = false;
let told = null; // the address the server knows the leader's page by
let byItself = false; // the address for the others was unfolded by nobody

/* What this browser calls itself. Not randomUUID: browsers give that to secure pages only. */
function browser() {
  const known = store.read("lab.browser", "");
  if (known) return known;
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  const made = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  store.write("lab.browser", made);
  return made;
}

function say(name, text) {
  const place = root.querySelector(`[data-say="${name}"]`);
  if (place.textContent !== text) place.textContent = text; // said again only when it changed
  place.hidden = !text;
}

async function tick() {
  clearTimeout(timer);
  if (!element.isConnected) return;
  const run = new URL(window.location).searchParams.get("run") ?? "";
  if (!asking && (led || (run && !document.hidden))) {
    asking = true;
    const at = window.location.search;
    try {
      const answer = await server.look({ who, run, at: at === told ? null : at }); // of two pages, the one that moved leads
      if (answer.error) say("note", answer.error);
      else take(answer, run, told !== null && at !== told);
      if (answer.leading) told = at;
    } catch {
      say("detail", words.away);
    }
    asking = false;
  }
  clearTimeout(timer);
  timer = setTimeout(tick, document.hidden ? AWAY : led ? QUICK : CALM);
}

/* `moved`: the leader has gone on to something else. */
function take(answer, run, moved) {
  document.dispatchEvent(new CustomEvent("lab:room", { detail: { run, watching: answer.watching } }));
  if (!led) return;
  const leadsNow = answer.leading && !now?.leading;
  now = answer;
  show();
  invite(leadsNow, moved);
  if (answer.place && !answer.leading && !explores()) leader.go(answer.place);
}

/* The address for the others unfolds by itself before anybody came. It stays until the leader goes on with somebody there,
   for those who come last want to scan it, too. */
function invite(leadsNow, moved) {
  if (leadsNow && !now.people) {
    byItself = true;
    unfold("invite", true);
  } else if (byItself && moved && now.people) unfold("invite", false);
}

const explores = () => alone === now.round;

function show() {
  const { leading, taken, people } = now;
  root.hidden = false;
  document.documentElement.dataset.room = leading ? "leader" : "viewer";
  const role = leading ? "leading" : !taken ? "waiting" : explores() ? "exploring" : "following";
  const [name, detail] = {
    leading: [words.leading, counted(people)],
    waiting: [words.waiting, words.waiting_detail],
    exploring: [words.exploring, words.exploring_detail],
    following: [words.following, words.following_detail],
  }[role];
  say("role", name);
  say("detail", detail);
  find("alone").hidden = role !== "following";
  find("follow").hidden = role !== "exploring";
  for (const what of ["invite", "ask", "clear_room"]) find(what).hidden = !leading;
  if (!leading) for (const what of Object.keys(panels)) unfold(what, false);
  say("nobody", people ? "" : words.nobody);
  showVote(now.vote, leading);
}

function counted(people) {
  return people ? (people === 1 ? words.people_one : words.people.replace("{people}", people)) : words.people_none;
}

/* The address for phones may have changed since: the computer may have joined another network. */
async function unfold(what, open) {
  find(what).setAttribute("aria-expanded", open);
  panels[what].hidden = !open;
  if (!open || what !== "invite") return;
  const answer = await act("invite", { page: window.location.origin + window.location.pathname, run: "" });
  if (!answer) return;
  say("address", answer.address);
  say("unreachable", answer.note);
  const picture = panels.invite.querySelector("img");
  for (const part of [picture, panels.invite.querySelector("div")]) part.hidden = !answer.qr;
  picture.src = answer.qr;
}

/* Ask the server to do something and see what has become of the room; null where it refuses, which is said. */
async function act(what, asked = {}) {
  say("note", "");
  let answer;
  try {
    answer = await server[what](asked);
  } catch {
    answer = { error: words.away };
  }
  if (answer.error) say("note", answer.error);
  tick();
  return answer.error ? null : answer;
}

function leave(round) {
  alone = round;
  store.write("lab.alone", round);
  leader.forget();
  show();
  tick();
}

/* The leader's link, once: what comes back leads from then on, and every request of this browser carries it. */
async function lead(link) {
  const url = new URL(window.location);
  url.searchParams.delete("lead");
  window.history.replaceState(null, "", url);
  if (!navigator.cookieEnabled) {
    say("note", words.no_cookies);
    return;
  }
  const answer = await act("lead", { link });
  if (answer) document.cookie = `${answer.cookie}=${answer.token}; path=/; max-age=${WEEK}; SameSite=Strict`;
}

for (const what of Object.keys(panels)) {
  find(what).addEventListener("click", () => {
    const open = panels[what].hidden;
    byItself = false;
    for (const each of Object.keys(panels)) unfold(each, each === what && open); // one at a time, above the charts
  });
}
for (const what of ["close_vote", "end_vote", "clear_room"]) find(what).addEventListener("click", () => act(what));
find("alone").addEventListener("click", () => leave(now.round));
find("follow").addEventListener("click", () => leave(""));
panels.ask.addEventListener("submit", async (event) => {
  event.preventDefault();
  const written = new FormData(panels.ask);
  const asked = { question: written.get("question"), options: written.getAll("option") };
  if (!(await act("put_question", asked))) return;
  unfold("ask", false);
  panels.ask.reset();
});
document.addEventListener("visibilitychange", () => document.hidden || tick());
setInterval(() => now?.leading && window.location.search !== told && tick(), NOTICE);

const link = new URL(window.location).searchParams.get("lead");
if (link) lead(link).then(tick);
else tick();
