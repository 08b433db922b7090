// A page that was opened by a personal link: its address names its reader, so it does not stay where it can be
// copied, shared or seen over a shoulder. The form keeps it, because its button needs it.

for (const form of document.querySelectorAll("form[method=post]")) form.action = location.pathname;
const plain = document.querySelector("link[rel=canonical]");
const here = plain && new URL(plain.href).pathname;
if (here) history.replaceState(null, "", here + location.hash);
