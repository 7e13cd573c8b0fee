// Signing in and enrolling with a passkey: the browser speaks JSON with /api/v1/passkeys.
const post = async (path, body) => {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.detail);
  return data;
};
const say = (text) => { document.getElementById("passkey-problem").textContent = text; };

const signIn = async (button) => {
  const asked = await post("/api/v1/passkeys/sign-in/begin", {});
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(asked.options));
  const credential = await navigator.credentials.get({ publicKey: options });
  await post("/api/v1/passkeys/sign-in", { challenge: asked.challenge, credential: JSON.stringify(credential.toJSON()) });
  location.href = button.dataset.next;
};
const enrol = async () => {
  const asked = await post("/api/v1/passkeys/begin", {});
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(asked.options));
  const credential = await navigator.credentials.create({ publicKey: options });
  await post("/api/v1/passkeys", { challenge: asked.challenge, credential: JSON.stringify(credential.toJSON()), name: navigator.platform || "passkey" });
  location.reload();
};

for (const [id, act] of [["passkey", signIn], ["enrol", enrol]]) {
  const button = document.getElementById(id);
  if (!button || !window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue;
  button.hidden = false;
  button.addEventListener("click", () => act(button).catch((error) => say(error.message)));
}
