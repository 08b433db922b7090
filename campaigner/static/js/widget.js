// Inside the widget: tells the page around it how high it is, brings the keyboard and the screen to
// the news after a press, and keeps one press from becoming two. Everything works without it, but
// for one thing: in a frame that may run scripts and not send forms (as WordPress shows pages of
// sites it does not know) it sends the form itself.
(() => {
  "use strict";
  const root = document.documentElement;
  const alone = parent === window;
  const shut = self.origin === "null";
  const find = (selector) => document.querySelector(selector);

  // Who may hear the height: the page we stand in, where the browser names it. It is no secret otherwise.
  const named = location.ancestorOrigins ? location.ancestorOrigins[0] : document.referrer && new URL(document.referrer).origin;
  const listener = named && named !== "null" && named !== location.origin ? named : "*";
  // WordPress gives each frame a word of its own, and listens to nothing without it.
  const secret = /[#?&]secret=(\w+)/.exec(location.hash);
  const say = (message, value) => secret && parent.postMessage({ message, value, secret: secret[1] }, listener);

  let told = 0;
  const tell = () => {
    root.classList.add("measured");
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    root.classList.remove("measured");
    if (height === told) return;
    told = height;
    parent.postMessage({ campaigner: 1, height }, listener);
    say("height", height);
  };
  const sizes = new ResizeObserver(tell);

  const begin = () => {
    const news = find("[autofocus], [data-news]");
    if (news) news.focus();
    if (alone) return;
    tell();
    document.querySelectorAll("body, main > *").forEach((part) => sizes.observe(part));
  };

  const post = async (form, button) => {
    let next = null;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, credentials: "omit" });
      next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    } catch { /* the line is down: said below */ }
    if (next) {
      find("main").replaceWith(next);
      begin();
      return;
    }
    button.removeAttribute("aria-busy");
    const note = find(".failed") || button.insertAdjacentElement("beforebegin", document.createElement("p"));
    note.className = "note failed";
    note.setAttribute("role", "alert");
    note.textContent = form.dataset.failed;
  };

  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("button");
    if (button.getAttribute("aria-busy")) event.preventDefault();
    button.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => find("form button") && find("form button").removeAttribute("aria-busy"));

  if (shut) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("form button");
      const link = event.target.closest("a[target]");
      if (button) {
        event.preventDefault();
        if (button.getAttribute("aria-busy") || !(button.form.noValidate || button.form.reportValidity())) return;
        button.setAttribute("aria-busy", "true");
        post(button.form, button);
      } else if (link) say("link", link.href);
    });
    // Enter in a field presses the button too, where a browser would drop a form it may not send.
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("form input")) return;
      event.preventDefault();
      event.target.form.querySelector("button").click();
    });
  }
  begin();
})();
