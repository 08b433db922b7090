// The contact form in a crowd: the browser does a small sum (ALTCHA, PBKDF2) while somebody writes, so that
// nobody has to wait. Without this script, or without crypto.subtle, the form is taken after a short wait.

const asked = document.querySelector("form[data-challenge]");
if (asked && globalThis.crypto?.subtle) {
  const told = asked.querySelector("[data-sum]");
  const { parameters, signature } = JSON.parse(asked.dataset.challenge);
  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hex = (some) => Array.from(some, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const nonce = bytes(parameters.nonce);
  const salt = bytes(parameters.salt);
  const began = performance.now();
  let pressed = null;

  async function guess(counter) {
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const way = { name: "PBKDF2", hash: "SHA-256", salt, iterations: parameters.cost };
    return hex(new Uint8Array(await crypto.subtle.deriveBits(way, key, parameters.keyLength * 8)));
  }

  async function solve() {
    for (let counter = 0; ; counter++) {
      const derivedKey = await guess(counter);
      if (!derivedKey.startsWith(parameters.keyPrefix)) continue;
      const solution = { counter, derivedKey, time: Math.round(performance.now() - began) };
      asked.elements.proof.value = btoa(JSON.stringify({ challenge: { parameters, signature }, solution }));
      told.textContent = told.dataset.done;
      asked.removeEventListener("submit", hold);
      if (pressed) asked.requestSubmit(pressed.isConnected ? pressed : undefined);
      return;
    }
  }

  function hold(event) {
    event.preventDefault();
    pressed = event.submitter;
    told.textContent = told.dataset.busy;
  }

  asked.addEventListener("submit", hold);
  told.textContent = told.dataset.busy;
  solve();
}
