// Passkeys on the server's pages: the one thing there that only a script can do.
// A page marks a form with data-passkey="sign-in", "confirm" or "make"; without this script the form stays hidden.

const api = "/api/v1/auth/passkeys";

const toBytes = (text) => {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
  return Uint8Array.from(atob(padded), (character) => character.charCodeAt(0));
};
const toText = (buffer) => {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

class Refused extends Error {}

async function post(path, body) {
  const reply = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  const said = await reply.json();
  if (!reply.ok) {
    if (said.code === "step_up_required") {
      location.assign(`${said.page}?next=${encodeURIComponent(location.pathname)}`);
    }
    throw new Refused(said.detail);
  }
  return said;
}

async function make(form) {
  const { publicKey } = await post(`${api}/make/options`);
  publicKey.challenge = toBytes(publicKey.challenge);
  publicKey.user.id = toBytes(publicKey.user.id);
  publicKey.excludeCredentials = publicKey.excludeCredentials.map((known) => ({ ...known, id: toBytes(known.id) }));
  const made = await navigator.credentials.create({ publicKey });
  await post(api, {
    name: form.elements.name.value,
    credential: {
      id: made.id,
      rawId: toText(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: toText(made.response.clientDataJSON),
        attestationObject: toText(made.response.attestationObject),
      },
    },
  });
}

async function use(form) {
  const { publicKey } = await post(`${api}/use/options`);
  publicKey.challenge = toBytes(publicKey.challenge);
  publicKey.allowCredentials = [];
  const used = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = used.response;
  await post(`${api}/use/${form.dataset.passkey}`, {
    credential: {
      id: used.id,
      rawId: toText(used.rawId),
      type: used.type,
      response: {
        clientDataJSON: toText(clientDataJSON),
        authenticatorData: toText(authenticatorData),
        signature: toText(signature),
        userHandle: userHandle ? toText(userHandle) : null,
      },
    },
  });
}

function sentence(error) {
  if (error instanceof Refused) return error.message;
  if (error.name === "NotAllowedError") return "Nothing was chosen. You can try again.";
  if (error.name === "InvalidStateError") return "This device has a passkey for this account already.";
  return "This browser could not do it. Try again, or use another way.";
}

async function submitted(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  const said = form.querySelector("[role=alert]");
  button.disabled = true;
  said.hidden = true;
  try {
    await (form.dataset.passkey === "make" ? make(form) : use(form));
    // The server made sure that this is a path of its own.
    location.assign(form.dataset.next);
  } catch (error) {
    said.textContent = sentence(error);
    said.hidden = false;
    button.disabled = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (window.PublicKeyCredential) {
    form.hidden = false;
    form.addEventListener("submit", submitted);
    for (const note of document.querySelectorAll("[data-without-script]")) note.hidden = true;
  }
}
