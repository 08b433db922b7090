// Staff pages: numbers that refresh politely, and buttons that copy. Without it the pages work all the same.

const EVERY = 10000;
const LOST_AFTER = 60000;

function keepLive(part) {
  const state = document.querySelector("[data-live-state]");
  let last = Date.now();
  const say = (words, tone) => {
    if (!state || state.textContent === words) return;
    state.className = `state ${tone}`;
    state.textContent = words;
  };
  const clock = (time) => new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Brussels" });
  const show = (html) => {
    // A row that somebody is on keeps its focus; the rest is replaced when it changed.
    const active = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
    if (part.dataset.shown === html) return;
    part.innerHTML = part.dataset.shown = html;
    if (active) part.querySelector(`a[href="${CSS.escape(active)}"]`)?.focus({ preventScroll: true });
  };
  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(part.dataset.live, { redirect: "error", headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      last = Date.now();
      say(state?.dataset.liveWord, "live ok");
    } catch {
      if (Date.now() - last > LOST_AFTER) say(`${state?.dataset.lostWord} ${clock(last)}`, "warn");
    }
  };
  setInterval(refresh, EVERY);
  document.addEventListener("visibilitychange", refresh);
}

function copies(button) {
  button.hidden = false;
  const words = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = words; }, 2500);
  });
}

document.querySelectorAll("[data-live]").forEach(keepLive);
if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach(copies);
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
