// Inside the widget: tells the page around it how high it is, brings the keyboard and the screen to
// the news after a press, and keeps one press from becoming two. Everything works without it.
(() => {
  "use strict";
  const root = document.documentElement;
  const form = document.querySelector("form");
  const news = document.querySelector("[autofocus], [data-news]");

  // Who may hear the height: the page we stand in, where the browser names it. It is no secret otherwise.
  const named = location.ancestorOrigins ? location.ancestorOrigins[0] : document.referrer && new URL(document.referrer).origin;
  const listener = named && named !== "null" && named !== location.origin ? named : "*";
  let told = 0;
  const tell = () => {
    root.classList.add("measured");
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    root.classList.remove("measured");
    if (height === told) return;
    told = height;
    parent.postMessage({ campaigner: 1, height }, listener);
  };

  if (parent !== window) {
    tell();
    new ResizeObserver(tell).observe(document.body);
    document.querySelectorAll("main > *").forEach((part) => new ResizeObserver(tell).observe(part));
  }
  if (news) news.focus();
  if (form) {
    const button = form.querySelector("button");
    form.addEventListener("submit", (event) => {
      if (button.getAttribute("aria-busy")) event.preventDefault();
      button.setAttribute("aria-busy", "true");
    });
    addEventListener("pageshow", () => button.removeAttribute("aria-busy"));
  }
})();
