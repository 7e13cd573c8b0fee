// The whole check of one proof, as pure functions over its JSON: nothing here touches the page.
//
//   state     entry or record, or its absence -> log root or map root -> app hash
//   finality  trusted key -> (rotations) -> the operator's key -> the signed header -> app hash
//             or what is trusted of a consortium -> (headers) -> the header -> app hash: light.js
//
//   beside    a receipt: the transaction it is about; a window's record: a leaf of its readings
//
// The shapes are those of cellchain.services.proofs. Each step gives a sentence and a verdict; a
// proof is good when every step is.

const HEADER_PREFIX = utf8("cellchain/header/1\n");
const ROTATIONS_MAX = 1000;

// The name and the key in a C2SP verifier line, NAME+ID+BASE64(0x01 || key). The name is the chain's.
function parseTrust(line) {
  const [name, id, ...rest] = line.split("+");
  const bytes = Uint8Array.from(atob(rest.join("+")), (c) => c.charCodeAt(0));
  const expected = toHex(sha256(joinBytes(utf8(`${name}\n`), bytes)).subarray(0, 4));
  if (bytes.length !== 33 || bytes[0] !== 1 || id !== expected) throw new Error("this is no verifier key");
  return { chain: name, key: toHex(bytes.subarray(1)) };
}

async function headerGood({ header, signature }, verify) {
  const message = joinBytes(HEADER_PREFIX, utf8(canonicalText(header)));
  return verify(hash32(header.operator), message, fromHex(signature));
}

// Whether the rotations lead to the operator of `last`, and through the trusted key: each is signed
// by the key that the one before named, at a greater height, all of them before `last`.
async function operatorTrusted(last, trust, rotations, verify) {
  if (rotations.length > ROTATIONS_MAX) return false;
  const ends = [...rotations.map(({ header }) => header), last];
  let [height, reached] = [0, ends[0].operator];
  for (const [place, header] of ends.entries()) {
    if (header.operator !== reached || header.chain !== trust.chain || !(header.height > height)) return false;
    if (header !== last && !(header.next_operator && (await headerGood(rotations[place], verify)))) return false;
    [height, reached] = [header.height, header.next_operator];
  }
  return ends.some(({ operator }) => operator === trust.key);
}

// The app hash that the state part leads to; null where it leads nowhere.
function provedAppHash(state) {
  const parameters = hash32(state.parameter_hash);
  if (state.kind === "proof.map/1") {
    const value = state.value === undefined ? null : sha256(utf8(state.value));
    const way = (state.branches || []).map(fromHex);
    const root = mapRoot(sha256(utf8(state.name)), value, way, fromHex(state.bucket));
    return root && appHash(state.log_size, hash32(state.log_root), root, parameters);
  }
  if (state.kind !== "proof.log/1") return null;
  const leaf = tagged(0, utf8(state.entry));
  const root = logRoot(state.index, state.log_size, leaf, state.path.map(hash32));
  return root && appHash(state.log_size, root, hash32(state.map_root), parameters);
}

// What a proof is about: record, reading, absence, event or receipt.
function claimOf({ state, reading }) {
  if (reading !== undefined) return "reading";
  if (state.kind === "proof.map/1") return state.value === undefined ? "absence" : "record";
  return JSON.parse(state.entry).kind === "ledger.receipt/1" ? "receipt" : "event";
}

const STATE_SENTENCES = {
  reading: "The record of the window is in the map of all current records, and the map is in the state.",
  record: "The record is in the map of all current records, and the map is in the state.",
  absence: "The map of all current records has no such record, and the map is in the state.",
  event: "The event is in the log of all that happened, and the log is in the state.",
  receipt: "The receipt is in the log of all that happened, and the log is in the state.",
};

// Runs `check` so that anything odd in a stranger's proof is a plain no.
async function step(sentence, check) {
  try {
    return { sentence, good: (await check()) === true };
  } catch {
    return { sentence, good: false };
  }
}

// The steps for what hangs beside the state part; another thing hanging there is refused.
function checksBeside(proof) {
  const { state, finality, reading, transaction, witnessed, ...others } = proof;
  const checks = Object.keys(others).map((name) => [`This page knows what “${name}” is.`, () => false]);
  if (reading !== undefined)
    checks.push(["The readings are a leaf of the window, where and as many as it says.", () =>
      provedReadings(reading, state).readings.length > 0]);
  if (transaction !== undefined)
    checks.push(["The transaction beside it is the one of the receipt.", () =>
      claimOf(proof) === "receipt" && JSON.parse(state.entry).transaction === toHex(sha256(utf8(transaction)))]);
  return checks;
}

async function checkProof(proof, trustLine, verify, witnessLines = [], nowMs = Date.now()) {
  const consortium = parseConsortiumTrust(trustLine);
  const byValidators = proof.finality.kind === "finality.comet/1";
  if (byValidators !== (consortium !== null))
    throw new Error(`${byValidators ? "Validators" : "An operator"} signed this; it was to be checked with another's word.`);
  const steps = await (byValidators
    ? consortiumSteps(proof, consortium, nowMs, verify)
    : operatorSteps(proof, parseTrust(trustLine), verify));
  for (const [sentence, check] of checksBeside(proof)) steps.unshift(await step(sentence, check));
  for (const [sentence, check] of checksWitnessed(proof, witnessLines, verify)) steps.push(await step(sentence, check));
  return { steps, good: steps.every(({ good }) => good) };
}

async function operatorSteps(proof, trust, verify) {
  const { state, finality } = proof;
  const { header } = finality.header;
  const rotations = finality.rotations || [];
  const direct = header.operator === trust.key;
  return [
    await step(STATE_SENTENCES[claimOf(proof)], () => {
      const proved = provedAppHash(state);
      return proved !== null && toHex(proved) === header.app_hash && state.parameter_hash === header.parameter_hash;
    }),
    await step("The block after which the state was so is of this ledger.", () =>
      finality.kind === "finality.solo/1" && header.chain === trust.chain),
    await step("The operator of the ledger signed the header of that block.", () => headerGood(finality.header, verify)),
    await step(
      direct
        ? "The operator's key is the key that this page trusts."
        : "The operator's key follows from the key that this page trusts, by signed rotations.",
      () => operatorTrusted(header, trust, rotations, verify),
    ),
  ];
}

// V accepted, x rejected: libraries differ on these twelve crafted signatures.
async function selfTest(verify, vectors) {
  const answers = [];
  for (const [message, key, signature] of vectors) {
    const { good } = await step("", () => verify(fromHex(key), fromHex(message), fromHex(signature)));
    answers.push(good ? "V" : "x");
  }
  return answers.join("");
}

async function verifyNatively(publicKey, message, signature) {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  return subtle.verify("Ed25519", key, signature, message);
}

// The browser's own verifier where it decides as the ledger's does, else the one of this page.
async function chooseVerifier(vectors, pattern) {
  if ((await selfTest(verifyNatively, vectors)) === pattern) return { verify: verifyNatively, own: false };
  if ((await selfTest(verifyStrictly, vectors)) === pattern) return { verify: verifyStrictly, own: true };
  throw new Error("This browser miscounts: the twelve test signatures come out otherwise.");
}
