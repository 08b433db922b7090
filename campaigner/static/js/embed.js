// Turns <a class="campaigner-widget" href="https://host/w/KEY"> into the widget behind the link.
// Without this script the link works by itself. It touches nothing else of the page, keeps nothing,
// sends nothing, and may be included any number of times.
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector('script[src$="/embed.js"]');
  const home = script && script.src ? new URL(script.src).origin : "";
  const CLASS = "campaigner-widget";
  const HEIGHT = 1050;
  const STRIP = 132;
  const [LOWEST, HIGHEST] = [120, 3000];
  const LEAST = 300;
  const PATIENCE = 5000;
  const alive = new WeakSet();

  // The page's own style sheet must not reach the frame, whatever it says: hence "important".
  const style = (frame, values) => {
    for (const name of Object.keys(values)) frame.style.setProperty(name, values[name], "important");
  };

  const upgrade = (link) => {
    const ours = link.origin === home && /^\/w\/[\w-]+$/.test(link.pathname);
    if (!ours || link.dataset.campaigner || link.isContentEditable) return;
    // While the page still arrives, a link without anything after it may not have all its words yet.
    if (document.readyState === "loading" && !link.nextSibling) return;
    const frame = document.createElement("iframe");
    frame.className = CLASS;
    frame.title = link.textContent.replace(/\s+/g, " ").trim() || link.title || "Campaigner";
    frame.loading = "lazy";
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    const height = /[?&]size=strip(&|$)/.test(link.search) ? STRIP : HEIGHT;
    style(frame, {
      all: "initial", "color-scheme": "inherit", display: "block", width: "100%", height: height + "px", border: "0",
    });
    // A frame that stays silent was refused or blocked: the visitor gets the link back.
    frame.addEventListener("load", () => setTimeout(() => {
      if (alive.has(frame) || !frame.isConnected) return;
      link.dataset.campaigner = "link";
      frame.replaceWith(link);
    }, PATIENCE));
    frame.src = link.href;
    link.replaceWith(frame);
  };

  const look = () => document.querySelectorAll("a." + CLASS).forEach(upgrade);

  // What is below the edge of a page that cannot be scrolled is out of reach: then the frame scrolls instead.
  const reach = (frame) => {
    const { top, bottom } = frame.getBoundingClientRect();
    if (bottom <= innerHeight || document.scrollingElement.scrollHeight > innerHeight) return;
    for (let box = frame.parentElement; box; box = box.parentElement) {
      if (box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY)) return;
    }
    style(frame, { height: Math.max(innerHeight - top, LEAST) + "px" });
  };

  // Only a frame of ours, on our own origin, may set a height, and only its own.
  const hear = (event) => {
    if (event.origin !== home || !event.data || event.data.campaigner !== 1) return;
    const height = event.data.height;
    if (!Number.isInteger(height)) return;
    for (const frame of document.querySelectorAll("iframe." + CLASS)) {
      if (frame.contentWindow !== event.source) continue;
      alive.add(frame);
      style(frame, { height: Math.min(Math.max(height, LOWEST), HIGHEST) + "px" });
      reach(frame);
    }
  };

  if (!home) return;
  addEventListener("message", hear);
  addEventListener("DOMContentLoaded", look);
  look();
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
})();
