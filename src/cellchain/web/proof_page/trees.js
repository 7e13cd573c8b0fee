// The state part of a proof: log, map and app hash (the rules are those of cellchain.crypto.log,
// cellchain.crypto.map and cellchain.ledger.state), and the canonical bytes that were signed.

const utf8 = (text) => new TextEncoder().encode(text);
const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function fromHex(text) {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) throw new Error("bad hexadecimal");
  return Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
}

function hash32(text) {
  const bytes = fromHex(text);
  if (bytes.length !== 32) throw new Error("a hash has 32 bytes");
  return bytes;
}

function wholeNumber(value) {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error("not a whole number");
  return value;
}

const tagged = (tag, ...parts) => sha256(joinBytes([tag], ...parts));

// The root that the path leads to (RFC 9162 section 2.1.3.2); null if nowhere. Index and size may
// exceed 32 bits, so no bit operators.
function logRoot(index, size, leaf, path) {
  if (!(wholeNumber(index) < wholeNumber(size))) return null;
  let [place, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return null;
    if (place % 2 === 1 || place === last) {
      hash = tagged(1, sibling, hash);
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else hash = tagged(1, hash, sibling);
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 ? hash : null;
}

// The pairs of a bucket, key to value in hexadecimal; null where it is no bucket.
function bucketPairs(bucket) {
  const pairs = new Map();
  let previous = "";
  if (bucket.length % 64 || bucket.length > 32 * 64) return null;
  for (let start = 0; start < bucket.length; start += 64) {
    const key = toHex(bucket.subarray(start, start + 32));
    if (key <= previous) return null;
    pairs.set(key, toHex(bucket.subarray(start + 32, start + 64)));
    previous = key;
  }
  return pairs;
}

// The root of the map in which the proof leads `key` to `value`, or to nothing where that is null;
// null where the proof is broken. The digits come from the key, never from the proof.
function mapRoot(key, value, branches, bucket) {
  const digits = toHex(key);
  const pairs = bucketPairs(bucket);
  if (key.length !== 32 || branches.length >= digits.length || pairs === null) return null;
  if ((pairs.get(digits) ?? null) !== (value === null ? null : toHex(value))) return null;
  if (![...pairs.keys()].every((other) => other.startsWith(digits.slice(0, branches.length)))) return null;
  let hash = bucket.length ? tagged(0, bucket) : new Uint8Array(32);
  for (let depth = branches.length - 1; depth >= 0; depth--) {
    const slot = 32 * parseInt(digits[depth], 16);
    if (branches[depth].length !== 512) return null;
    if (!equalBytes(branches[depth].subarray(slot, slot + 32), hash)) return null;
    hash = tagged(1, branches[depth]);
  }
  return hash;
}

function appHash(logSize, logRoot, mapRoot, parameterHash) {
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(wholeNumber(logSize)));
  return tagged(2, new Uint8Array(size.buffer), logRoot, mapRoot, parameterHash);
}

// The integer-only, ASCII-key subset of RFC 8785, which was written with this very function in mind.
function canonicalText(value) {
  if (value === null || typeof value === "boolean" || typeof value === "string")
    return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new Error("not an integer");
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText(value[key])}`).join(",")}}`;
}
