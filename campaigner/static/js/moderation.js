// The moderators' keys. They work while a message has the focus, never while somebody types (WCAG 2.1.4).

const list = document.querySelector("[data-judge]");
const cards = [...(list?.children ?? [])];
const go = (card) => card?.focus();

function press(event) {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const card = event.target.closest("[data-judge] > li");
  const at = cards.indexOf(card);
  const key = event.key.toLowerCase();
  if (key === "j") go(cards[Math.min(at + 1, cards.length - 1)]);
  else if (key === "k") go(cards[Math.max(at - 1, 0)]);
  else if (key === "x") tick(card);
  else if (key === "h") open(card);
  else if (key === "s" || key === "u") card.querySelector(`[data-key="${key}"]`)?.click();
  else return;
  event.preventDefault();
}

function tick(card) {
  const box = card.querySelector("[name=message]");
  box.checked = !box.checked;
}

function open(card) {
  const details = card.querySelector("details");
  if (!details) return;
  details.open = true;
  details.querySelector("select").focus();
}

function tickAll() {
  const boxes = document.querySelectorAll("[name=message][form=bulk]");
  const every = [...boxes].every((box) => box.checked);
  boxes.forEach((box) => { box.checked = !every; });
}

if (list) {
  list.addEventListener("keydown", press);
  document.querySelectorAll("[data-keys], [data-all]").forEach((part) => { part.hidden = false; });
  document.querySelector("[data-all]")?.addEventListener("click", tickAll);
  if (!location.hash && !document.querySelector("[role=status]")) go(cards[0]);
  else if (!location.hash) cards[0]?.focus({ preventScroll: true });
}
