// Cosigned checkpoints beside a proof: the rules are those of cellchain.ledger.witnessed,
// cellchain.crypto.note and cellchain.crypto.cosignature.
//
//   state -> an entry of the log -> root of a checkpoint -> cosignatures of known witnesses

const CHECKPOINTS_MAX = 16;
const CHECKPOINT_BYTES_MAX = 16000;
const SIGNATURES_MAX = 100;
const TIME_S_MAX = 253402300799n; // a later one is beyond the calendar, and its line counts as nobody's

// The bytes of padded base64 in its one spelling.
function fromBase64(text) {
  const binary = atob(text);
  if (btoa(binary) !== text) throw new Error("bad base64");
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

// A line "— NAME BASE64(key id || signature)".
function parseSignatureLine(line) {
  const [, name, encoded] = line.match(/^\u2014 ([^\s+\x00-\x1f\x85\x7f]+) ([^ ]+)$/);
  const bytes = fromBase64(encoded);
  if (bytes.length <= 4) throw new Error("a signature line is too short");
  return { name, keyId: toHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

function parseCheckpoint(note) {
  const end = note.lastIndexOf("\n\n");
  const text = note.slice(0, end + 1);
  const [origin, size, root] = text.split("\n");
  const lines = note.slice(end + 2).split("\n");
  if (end < 0 || lines.pop() !== "" || lines.length < 1 || lines.length > SIGNATURES_MAX) throw new Error("no note");
  if (/[\x00-\x09\x0b-\x1f]/.test(note) || !origin || !/^(?:0|[1-9][0-9]{0,18})$/.test(size)) throw new Error("no checkpoint");
  return {
    text, origin, size: wholeNumber(Number(size)), root: hash32(toHex(fromBase64(root))),
    lines: lines.map(parseSignatureLine),
  };
}

// A verifier key line NAME+ID+BASE64(0x04 || key).
function parseWitness(line) {
  const [name, id, ...rest] = line.split("+");
  const bytes = fromBase64(rest.join("+"));
  const expected = toHex(sha256(joinBytes(utf8(`${name}\n`), bytes)).subarray(0, 4));
  if (bytes.length !== 33 || bytes[0] !== 4 || id !== expected) throw new Error("this is no witness's key");
  return { name, id, key: bytes.subarray(1) };
}

// Place and hash of the log entry that stands for what is proved.
function witnessedLeaf(state) {
  if (state.kind === "proof.log/1") return [state.index, tagged(0, utf8(state.entry))];
  const mark = canonicalText({ app_hash: toHex(provedAppHash(state)), kind: "ledger.mark/1" });
  return [state.log_size, tagged(0, utf8(mark))];
}

const cosignedTime = (signature) => BigInt(`0x${toHex(signature.subarray(0, 8))}`);
const cosignatureGood = (witness, text, signature, verify) =>
  verify(witness.key, utf8(`cosignature/v1\ntime ${cosignedTime(signature)}\n${text}`), signature.subarray(8));

// The names of the known witnesses that cosigned one checkpoint; throws where it does not hold.
async function vouching(part, [index, leaf], chain, witnesses, verify) {
  if (utf8(part.checkpoint).length > CHECKPOINT_BYTES_MAX || part.path.length > 64) throw new Error("too long");
  const { text, origin, size, root, lines } = parseCheckpoint(part.checkpoint);
  const reached = logRoot(index, size, leaf, part.path.map(hash32));
  if (origin !== chain || reached === null || !equalBytes(reached, root)) throw new Error("another log");
  const found = [];
  for (const witness of witnesses)
    for (const { name, keyId, signature } of lines) {
      if (name !== witness.name || keyId !== witness.id || cosignedTime(signature) > TIME_S_MAX) continue;
      if (!(await cosignatureGood(witness, text, signature, verify))) throw new Error("a cosignature fails");
      found.push(toHex(witness.key));
    }
  return found;
}

// The steps for what witnesses cosigned: it is of this log, and each of the witnesses that the page
// knows vouches for it.
function checksWitnessed(proof, witnessLines, verify) {
  const { state, finality, witnessed = [] } = proof;
  if (proof.witnessed === undefined && !witnessLines.length) return [];
  const cosigned = async () => {
    if (witnessed.length > CHECKPOINTS_MAX || proof.witnessed?.length === 0) throw new Error("too many or none");
    const [known, found] = [witnessLines.map(parseWitness), new Set()];
    for (const { checkpoint, path, ...others } of witnessed) {
      if (Object.keys(others).length) throw new Error("another field");
      const { chain } = blockOf({ finality });
      for (const key of await vouching({ checkpoint, path }, witnessedLeaf(state), chain, known, verify)) found.add(key);
    }
    return known.every(({ key }) => found.has(toHex(key)));
  };
  const names = witnessLines.map((line) => line.split("+")[0]).join(", ");
  return [[names ? `It is in the log as it was cosigned by ${names}.` : "It is in the log that its checkpoints show.", cosigned]];
}

