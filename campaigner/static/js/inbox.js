// The inbox: keys, and who else is writing. Without it every link and button works.

const pile = [...document.querySelectorAll(".triage .pile > a")];
const thread = document.querySelector("[data-thread]");
const form = document.querySelector("[data-reply]");
const keys = document.querySelector("[data-keys]");
const toggle = document.querySelector("[data-keys-on]");
const EVERY = 25000;
const KEPT = "inbox-keys-off";

function here() {
  const focused = pile.indexOf(document.activeElement);
  return focused >= 0 ? focused : pile.findIndex((link) => link.hasAttribute("aria-current"));
}

function step(by) {
  if (!pile.length) return;
  const at = Math.min(Math.max(here() + by, 0), pile.length - 1);
  // On a phone the pile is away while a thread is open: then the key opens the next one.
  if (pile[at].checkVisibility()) pile[at].focus();
  else pile[at].click();
}

function unfold(key) {
  const summary = thread?.querySelector(`summary[data-key="${key}"]`);
  if (!summary) return false;
  summary.parentElement.open = true;
  (summary.parentElement.querySelector("textarea, form button, .input") ?? summary).focus();
  return true;
}

const ACTS = {
  j: () => step(1),
  k: () => step(-1),
  r: () => form?.elements.body.focus(),
  n: () => unfold("n"),
  z: () => unfold("z"),
  t: () => thread?.querySelector('button[data-key="t"]')?.click(),
  e: () => thread?.querySelector('button[data-key="e"]')?.click(),
  "/": () => document.querySelector("#q").focus(),
  "?": () => { keys.open = true; keys.querySelector("summary").focus(); },
};

function press(event) {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !toggle.checked) return;
  const act = ACTS[event.key.toLowerCase()];
  if (!act) return;
  act();
  event.preventDefault();
}

// Somebody who has typed something is writing. The page says so, and hears who else is.
const presence = document.querySelector("[data-presence]");
const news = document.querySelector("[data-news]");
let typed = false;

async function tell() {
  if (!typed || document.hidden) return;
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, seen: form.elements.seen.value });
  try {
    const answer = await fetch(form.dataset.here, { method: "POST", body, redirect: "error" });
    if (!answer.ok) return;
    const { others, news: happened } = await answer.json();
    presence.hidden = !others.length;
    const words = presence.querySelector("[data-presence-words]");
    const said = others.length ? `${others.join(", ")} ${words.dataset.presenceWords}` : "";
    if (words.textContent !== said) words.textContent = said;
    news.hidden = !happened;
  } catch {
    // Nothing to say about others now; what counts is looked at again when the answer is sent.
  }
}

if (keys) {
  keys.hidden = false;
  try { toggle.checked = localStorage.getItem(KEPT) !== "1"; } catch { /* kept for this page only */ }
  toggle.addEventListener("change", () => {
    try { localStorage.setItem(KEPT, toggle.checked ? "0" : "1"); } catch { /* kept for this page only */ }
  });
  document.addEventListener("keydown", press);
}
if (form) {
  form.addEventListener("input", () => { if (!typed) { typed = true; tell(); } });
  setInterval(tell, EVERY);
  let sent = false;
  form.addEventListener("submit", () => { sent = true; });
  addEventListener("beforeunload", (event) => { if (typed && !sent && form.elements.body.value.trim()) event.preventDefault(); });
}
