// Public pages work without this. It copies links, opens the device's own share sheet, shows that a
// form is on its way, and keeps the count fresh while somebody looks at it.

const all = (selector) => document.querySelectorAll(selector);

for (const button of all("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  const words = button.querySelector("span");
  const before = words.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    words.textContent = button.dataset.done;
    setTimeout(() => { words.textContent = before; }, 4000);
  });
}

for (const button of all("[data-share]")) {
  if (!navigator.share) break;
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.share({ url: button.dataset.share, text: button.dataset.text }).catch(() => {});
  });
}

// One press sends once, and the button that was pressed says so. Coming back with the back button finds the form as it was.
for (const form of all("form[data-busy]")) {
  let pressed, before;
  form.addEventListener("submit", (event) => {
    if (pressed) return event.preventDefault();
    pressed = event.submitter || form.querySelector("button");
    before = pressed.textContent;
    pressed.setAttribute("aria-busy", "true");
    pressed.textContent = form.dataset.busy;
  });
  addEventListener("pageshow", () => {
    if (!pressed) return;
    pressed.removeAttribute("aria-busy");
    pressed.textContent = before;
    pressed = undefined;
  });
}

// Ask for the count every 20 seconds, only while the page is in view, and stop after half an hour.
const counter = document.querySelector("[data-count-from]");
const shown = counter && counter.querySelector("[data-live=count]");
if (shown) {
  const language = document.documentElement.lang;
  const write = new Intl.NumberFormat(language === "es" ? "es-CO" : language === "en" ? "en" : language + "-BE");
  let known = Number(shown.textContent.replace(/\D/g, ""));
  const until = Date.now() + 30 * 60 * 1000;
  const timer = setInterval(async () => {
    if (document.hidden) return;
    if (Date.now() > until) return clearInterval(timer);
    try {
      const answer = await fetch(counter.dataset.countFrom);
      if (answer.ok) show(await answer.json());
    } catch { /* Offline for a moment: the number on the page stays true to its time. */ }
  }, 20000);

  const show = ({ count, goal }) => {
    if (count <= known) return;
    const bar = counter.querySelector("[data-live=bar] i:not(.paper)");
    const paper = counter.querySelector("[data-live=bar] i.paper");
    known = count;
    shown.textContent = write.format(count);
    for (const left of counter.querySelectorAll("[data-live=left]")) left.textContent = write.format(Math.max(goal - count, 0));
    if (bar && !paper) bar.style.setProperty("--done", Math.min(100, 100 * count / goal) + "%");
  };
}
