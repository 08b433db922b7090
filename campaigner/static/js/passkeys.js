// Passkeys: hands the server's question to the browser, and the browser's answer back in the form (W3C WebAuthn).

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

async function create(options) {
  const made = await navigator.credentials.create({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: known(options.excludeCredentials),
  } });
  return { id: made.id, rawId: text(made.rawId), type: made.type, response: {
    attestationObject: text(made.response.attestationObject),
    clientDataJSON: text(made.response.clientDataJSON),
    transports: made.response.getTransports ? made.response.getTransports() : [],
  } };
}

async function get(options) {
  const given = await navigator.credentials.get({ publicKey: {
    ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials),
  } });
  return { id: given.id, rawId: text(given.rawId), type: given.type, response: {
    authenticatorData: text(given.response.authenticatorData),
    clientDataJSON: text(given.response.clientDataJSON),
    signature: text(given.response.signature),
    userHandle: given.response.userHandle ? text(given.response.userHandle) : null,
  } };
}

function serve(form) {
  const start = form.querySelector("[data-passkey-start]");
  const ask = async () => {
    start.hidden = true;
    form.querySelector("[data-passkey-wait]").hidden = false;
    form.querySelector("[data-passkey-failed]").hidden = true;
    try {
      const answer = await { create, get }[form.dataset.passkey](JSON.parse(form.dataset.options));
      form.elements.credential.value = JSON.stringify(answer);
      form.submit();
    } catch {
      start.hidden = false;
      form.querySelector("[data-passkey-wait]").hidden = true;
      form.querySelector("[data-passkey-failed]").hidden = false;
    }
  };
  start.addEventListener("click", ask);
  ask();
}

document.querySelectorAll("[data-passkey]").forEach(serve);
