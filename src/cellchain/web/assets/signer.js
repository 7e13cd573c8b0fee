// A key in this browser: made, shown and forgotten on the page of the organisation, and signing
// what a page shows. WebCrypto makes it so that not even this script can read its private half;
// IndexedDB keeps it, for this site alone.
//
// What is signed is compared with what the page shows, field by field, before it is signed. The
// page and this script come from the server as well: against a server that lies in both, only a
// key elsewhere helps.
const PREFIX = "cellchain/transaction/1\n";
const KIND = { name: "Ed25519" };
const STORE = "keys";
const DAY_MS = 24 * 3600 * 1000;
const CLOCKS_APART_MS = 600 * 1000; // of browser and server: a key just entered is not "not valid yet"

// Why something cannot be done: a sentence, and as rules say it a code and a remedy.
class Problem extends Error {
  constructor(text, code = "", remedy = "") {
    super(text);
    this.code = code;
    this.remedy = remedy;
  }
}

// ---- keys of this browser: {key, party, chain, made_ms, secret}

const opened = () =>
  new Promise((resolve, reject) => {
    const asked = indexedDB.open("cellchain", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

async function inStore(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const turn = database.transaction(STORE, mode);
      const asked = act(turn.objectStore(STORE));
      turn.oncomplete = () => resolve(asked.result);
      turn.onabort = () => reject(turn.error);
    });
  } finally {
    database.close();
  }
}

async function keysOf({ party, chain }) {
  const all = await inStore("readonly", (store) => store.getAll());
  return all.filter((one) => one.party === party && one.chain === chain).sort((a, b) => b.made_ms - a.made_ms);
}

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function make({ party, chain }) {
  const pair = await crypto.subtle.generateKey(KIND, false, ["sign", "verify"]);
  const key = hex(await crypto.subtle.exportKey("raw", pair.publicKey));
  await inStore("readwrite", (store) => store.add({ key, party, chain, made_ms: Date.now(), secret: pair.privateKey }));
  await navigator.storage?.persist?.(); // else the browser may clear it away when the disk fills
}

// Why this browser cannot keep a key; empty where it can.
async function lacking() {
  if (!window.isSecureContext || !window.crypto?.subtle)
    return "This page did not come by https, and browsers keep keys only for pages that come by https or from localhost.";
  if (!window.indexedDB) return "This browser has no place to keep a key: it has no IndexedDB.";
  try {
    await crypto.subtle.generateKey(KIND, false, ["sign", "verify"]);
  } catch {
    return "This browser is too old to sign: it knows no Ed25519. A newer one does.";
  }
  try {
    await inStore("readonly", (store) => store.count());
  } catch {
    return "This browser refuses to keep a key. A private window does that.";
  }
  return "";
}

// ---- what the server says

async function asked(path, options = {}, unanswered = "try again in a moment") {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const answer = await fetch(path, { ...options, headers }).catch(() => {
    throw new Problem("no answer came", "", unanswered);
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(told.detail || "the server did not answer as it should", told.code, told.remedy);
  return told;
}

// How each key of the party stands in the book.
async function standings() {
  const found = await asked("/organisation?format=json");
  return new Map(found.keys.map((row) => [row.key, row]));
}

function isValid(row) {
  const now_ms = Date.now();
  const begun = row.valid_from_ms <= now_ms + CLOCKS_APART_MS;
  return row.revoked_ms === null && begun && (row.valid_until_ms === null || now_ms < row.valid_until_ms);
}

// ---- signing

// Canonical JSON, as RFC 8785 has it for integers: equal texts are equal values.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

// Refuse a transaction that is not just what is shown: other messages, chain or key, anything besides.
function check({ prefix, body }, shown) {
  const altered = (what) => {
    throw new Problem(`not signed: ${what}`, "", "sign nothing here, and ask whoever runs this server; nothing was sent");
  };
  if (prefix !== PREFIX) altered("what the server wants signed is no transaction");
  let parsed;
  try {
    parsed = JSON.parse(body);
  } catch {
    altered("what the server wants signed cannot be read");
  }
  if (canonical(parsed) !== body) altered("what the server wants signed can be read in two ways");
  const { gas_max, sequence, expires_ms, messages, ...rest } = parsed;
  if (canonical(messages ?? null) !== canonical(shown.messages)) altered("the server wants other messages signed than this page shows");
  const wanted = { algorithm: "ed25519", chain: shown.chain, key: shown.key };
  if (canonical(rest) !== canonical(wanted)) altered("the server wants it signed for another chain or key than this page shows");
  if (![gas_max, sequence, expires_ms].every(Number.isSafeInteger)) altered("the server wants something signed that has no end");
  if (expires_ms > Date.now() + DAY_MS) altered("the server wants something signed that stays good for more than a day");
}

async function signed(kept, shown) {
  const prepared = await asked("/api/v1/messages/prepare", {
    method: "POST",
    body: JSON.stringify({ key: kept.key, messages: shown.messages }),
  });
  check(prepared, { ...shown, key: kept.key });
  const bytes = new TextEncoder().encode(PREFIX + prepared.body);
  const signature = hex(await crypto.subtle.sign(KIND, kept.secret, bytes));
  return `{"body":${prepared.body},"signature":"${signature}"}`;
}

const submit = (envelope) =>
  asked("/api/v1/transactions", { method: "POST", body: envelope }, "it may have happened all the same: look before you sign it again");

const part = (id) => document.getElementById(id);
const say = (id, text) => {
  part(id).textContent = text;
  part(id).hidden = !text;
};
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function showProblem(error) {
  const box = part("signing-problem");
  const told = { text: sentence(error.message), remedy: sentence(error.remedy || ""), code: error.code || "" };
  for (const [name, text] of Object.entries(told)) {
    const place = box.querySelector(`[data-part=${name}]`);
    place.textContent = text;
    place.hidden = !text;
  }
  box.hidden = false;
}

async function signingPage(section) {
  const shown = { chain: section.dataset.chain, messages: JSON.parse(part("messages").textContent) };
  const contracts = shown.messages.map((message) => message.kind.split(".")[0]);
  const lacks = await lacking();
  if (lacks) {
    say("signing-state", lacks);
    part("signing-elsewhere").open = true;
    return;
  }
  const book = await standings();
  const mayAll = (row) => row && isValid(row) && contracts.every((one) => !row.purposes.length || row.purposes.includes(one));
  const kept = (await keysOf(section.dataset)).find((one) => mayAll(book.get(one.key)));
  if (!kept) {
    say("signing-state", "");
    part("signing-no-key").hidden = false;
    part("signing-elsewhere").open = true;
    return;
  }
  say("signing-state", `The key ${kept.key.slice(0, 16)}… in this browser may sign it.`);
  const button = part("sign-now");
  part("signing-how").hidden = button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    part("signing-problem").hidden = true;
    try {
      const sent = await submit(await signed(kept, shown));
      say("signing-state", `Signed, and in block ${sent.height}.`);
      location.assign(section.dataset.leads);
    } catch (error) {
      showProblem(error);
      button.disabled = false;
    }
  });
}

// ---- the keys on the page of the organisation

function standing(row) {
  if (!row) return ["watch", "not in the book"];
  if (row.revoked_ms !== null) return ["bad", "revoked"];
  return isValid(row) ? ["good", "in the book"] : ["watch", "not valid now"];
}

async function showKeys(section) {
  const [kept, book] = await Promise.all([keysOf(section.dataset), standings()]);
  const lines = kept.map((one) => {
    const line = part("browser-key").content.cloneNode(true);
    const find = (selector) => line.querySelector(selector);
    const [tone, words] = standing(book.get(one.key));
    find("[data-part=key]").textContent = one.key;
    find(".chip").classList.add(tone);
    find(".chip").textContent = words;
    find("input").value = one.key;
    find("form").hidden = book.has(one.key);
    find("[data-part=forget]").addEventListener("click", async () => {
      await inStore("readwrite", (store) => store.delete(one.key));
      await showKeys(section);
    });
    return line;
  });
  say("browser-keys-state", kept.length ? "" : "None yet.");
  part("browser-keys-list").replaceChildren(...lines);
}

async function keysPage(section) {
  const lacks = await lacking();
  say("browser-keys-state", lacks);
  if (lacks) return;
  await showKeys(section);
  const button = part("make-browser-key");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await make(section.dataset);
      await showKeys(section);
    } catch (error) {
      say("browser-keys-state", sentence(error.message || "the key could not be made"));
    } finally {
      button.disabled = false;
    }
  });
}

const pages = [["signing", signingPage, "signing-state"], ["browser-keys", keysPage, "browser-keys-state"]];
for (const [id, begin, state] of pages) {
  const section = part(id);
  if (section) begin(section).catch((error) => say(state, sentence(error.message)));
}
