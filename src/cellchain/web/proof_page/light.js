// The light client: may a header of a consortium be believed? The rules are those of
// cellchain.ledger.light, which are CometBFT's; whatever does not hold is an error.

const TRUSTING_PERIOD_S = 9 * 24 * 3600;
const CLOCK_DRIFT_S = 10;
const [BLOCKS_MAX, VALIDATORS_MAX, PARTS_MAX] = [64, 200, 2 ** 31 - 1];
const SECONDS_MAX = 253402300799;

function need(holds, why) {
  if (!holds) throw new Error(why);
}

// -- Protocol Buffers: the few forms in which is hashed and signed ---------------------------------

function varint(number) {
  const bytes = [];
  let rest = BigInt(number);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}

const NOTHING = new Uint8Array(0);
const delimited = (bytes) => joinBytes(varint(bytes.length), bytes);
const pbMessage = (field, bytes) => joinBytes(varint(field * 8 + 2), delimited(bytes));
const pbBytes = (field, bytes) => (bytes.length ? pbMessage(field, bytes) : NOTHING);
const pbInteger = (field, number) => (number ? joinBytes(varint(field * 8), varint(number)) : NOTHING);

function pbFixed(field, number) {
  if (!number) return NOTHING;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(number), true);
  return joinBytes(varint(field * 8 + 1), new Uint8Array(view.buffer));
}

// -- Hashes and sign bytes -------------------------------------------------------------------------

// The Merkle root of RFC 6962 over byte strings.
function treeRoot(items) {
  if (items.length === 0) return sha256(NOTHING);
  if (items.length === 1) return tagged(0, items[0]);
  let half = 1;
  while (half * 2 < items.length) half *= 2;
  return tagged(1, treeRoot(items.slice(0, half)), treeRoot(items.slice(half)));
}

const pbTime = ([seconds, nanos]) => joinBytes(pbInteger(1, seconds), pbInteger(2, nanos));
const pbReference = (hash, parts, partsHash) =>
  joinBytes(pbBytes(1, hash), pbMessage(2, joinBytes(pbInteger(1, parts), pbBytes(2, partsHash))));

function headerHash(header) {
  const { previous } = header;
  const hashes = ["previous_commit", "transactions", "validators", "next_validators", "consensus", "app_hash",
    "previous_results", "evidence", "proposer"];
  return treeRoot([
    joinBytes(pbInteger(1, header.block_version), pbInteger(2, header.app_version)),
    pbBytes(1, utf8(header.chain)),
    pbInteger(1, header.height),
    pbTime(header.time),
    pbReference(fromHex(previous.hash), previous.parts, fromHex(previous.parts_hash)),
    ...hashes.map((name) => pbBytes(1, fromHex(header[name]))),
  ]);
}

const pbValidator = ({ key, power }) => joinBytes(pbMessage(1, pbBytes(1, fromHex(key))), pbInteger(2, power));
const validatorsHash = (validators) => toHex(treeRoot(validators.map(pbValidator)));
const addressOf = ({ key }) => toHex(sha256(fromHex(key))).slice(0, 40);
const powerOf = (validators) => validators.reduce((sum, { power }) => sum + power, 0);

function signBytes({ header, round, parts, parts_hash: partsHash }, time) {
  return delimited(joinBytes(
    pbInteger(1, 2), // a precommit
    pbFixed(2, header.height),
    pbFixed(3, round),
    pbMessage(4, pbReference(headerHash(header), parts, fromHex(partsHash))),
    pbMessage(5, pbTime(time)),
    pbBytes(6, utf8(header.chain)),
  ));
}

// -- Form ------------------------------------------------------------------------------------------

function needKeys(value, ...names) {
  need(value !== null && typeof value === "object" && !Array.isArray(value), "not what it should be");
  need(Object.keys(value).sort().join() === names.sort().join(), "fields that it should not have, or lacks");
}

const needWhole = (value, least, greatest) =>
  need(Number.isSafeInteger(value) && value >= least && value <= greatest, "a number out of range");
const needHex = (text, bytes, empty = false) =>
  need(fromHex(text).length === bytes || (empty && text === ""), "not so many hexadecimal digits");

function needTime(time) {
  need(Array.isArray(time) && time.length === 2, "no time");
  needWhole(time[0], 0, SECONDS_MAX);
  needWhole(time[1], 0, 999999999);
}

function needHeader(header) {
  needKeys(header, "block_version", "app_version", "chain", "height", "time", "previous", "previous_commit",
    "transactions", "validators", "next_validators", "consensus", "app_hash", "previous_results", "evidence", "proposer");
  need(header.block_version === 11, "a block of another version");
  needWhole(header.app_version, 0, Number.MAX_SAFE_INTEGER);
  needWhole(header.height, 1, Number.MAX_SAFE_INTEGER);
  need(typeof header.chain === "string" && utf8(header.chain).length <= 50, "no name of a chain");
  needTime(header.time);
  needKeys(header.previous, "hash", "parts", "parts_hash");
  needWhole(header.previous.parts, 0, PARTS_MAX);
  for (const text of [header.previous.hash, header.previous.parts_hash, header.previous_commit, header.transactions,
    header.next_validators, header.consensus, header.previous_results, header.evidence]) needHex(text, 32, true);
  needHex(header.validators, 32);
  needHex(header.proposer, 20);
  need(fromHex(header.app_hash).length <= 64, "an app hash that is too long");
}

function needValidators(validators) {
  need(Array.isArray(validators) && validators.length >= 1 && validators.length <= VALIDATORS_MAX, "no validators");
  for (const one of validators) {
    needKeys(one, "key", "power");
    needHex(one.key, 32);
    needWhole(one.power, 1, Number.MAX_SAFE_INTEGER);
  }
  need(new Set(validators.map(({ key }) => key)).size === validators.length, "a validator twice");
  need(Number.isSafeInteger(powerOf(validators)), "too much power");
}

function needLightBlock(block) {
  needKeys(block, "header", "round", "parts", "parts_hash", "validators", "votes");
  needHeader(block.header);
  needValidators(block.validators);
  need(Array.isArray(block.votes) && block.votes.length === block.validators.length, "not a vote for each validator");
  needWhole(block.round, 0, PARTS_MAX);
  needWhole(block.parts, 0, PARTS_MAX);
  needHex(block.parts_hash, 32, true);
  for (const vote of block.votes.filter((one) => one !== null)) {
    needKeys(vote, "time", "signature");
    needTime(vote.time);
    needHex(vote.signature, 64);
  }
  need(validatorsHash(block.validators) === block.header.validators, "other validators than the header names");
}

// -- Rules -----------------------------------------------------------------------------------------

const isLater = ([s1, n1], [s2, n2]) => s1 > s2 || (s1 === s2 && n1 > n2);
const timeOf = (ms) => [Math.floor(ms / 1000), (ms % 1000) * 1000000];

const voteGood = (block, place, verify) =>
  verify(fromHex(block.validators[place].key), signBytes(block, block.votes[place].time), fromHex(block.votes[place].signature));

// Votes are counted in order and no further than is enough.
async function needPower(block, trusted, share, verify) {
  const powers = new Map(trusted.map(({ key, power }) => [key, BigInt(power)]));
  const needed = (BigInt(powerOf(trusted)) * share) / 3n;
  let reached = 0n;
  for (const [place, { key }] of block.validators.entries()) {
    if (block.votes[place] === null || !powers.has(key)) continue;
    need(await voteGood(block, place, verify), "a vote that is not signed as it says");
    reached += powers.get(key);
    if (reached > needed) return;
  }
  throw new Error("too few votes");
}

const needCommit = (block, verify) => needPower(block, block.validators, 2n, verify);

async function signersOf(block, verify) {
  const places = [...block.votes.keys()].filter((place) => block.votes[place] !== null);
  const good = await Promise.all(places.map((place) => voteGood(block, place, verify)));
  return places.filter((_, i) => good[i]).map((place) => block.validators[place]);
}

const believe = ({ header, validators }) =>
  ({ chain: header.chain, height: header.height, time: header.time, validators, next: header.next_validators });

const believeGenesis = ({ chain, time, validators }) =>
  ({ chain, height: 0, time, validators, next: validatorsHash(validators) });

const isFresh = ({ time: [seconds, nanos] }, nowMs) => isLater([seconds + TRUSTING_PERIOD_S, nanos], timeOf(nowMs));

// What is believed with `block`, if what was `believed` vouches for it.
async function verifyNext(believed, block, nowMs, verify) {
  const { header } = block;
  const first = believed.height === 0 && header.height === 1; // it has the time of the genesis
  needLightBlock(block);
  need(header.chain === believed.chain, "a header of another chain");
  need(header.height > believed.height, "the heights do not rise");
  need(isLater(header.time, believed.time) || (first && !isLater(believed.time, header.time)), "the times do not rise");
  need(isLater(timeOf(nowMs + CLOCK_DRIFT_S * 1000), header.time), "a header of the future");
  if (header.height === believed.height + 1)
    need(header.validators === believed.next, "other validators than the header before named");
  else await needPower(block, believed.validators, 1n, verify);
  await needCommit(block, verify);
  return believe(block);
}

// -- Where trust begins ----------------------------------------------------------------------------

// A genesis of CometBFT: network.json.
function parseNetwork({ chain_id: chain, genesis_time: began, validators, app_state: state }) {
  const [, seconds, decimals = ""] = began.match(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/);
  const found = validators.map(({ pub_key: { type, value }, power }) => {
    need(type === "tendermint/PubKeyEd25519" && /^\d{1,16}$/.test(power), "no validator");
    return { key: toHex(fromBase64(value)), power: Number(power) };
  });
  const order = (one, other) => other.power - one.power || (addressOf(one) < addressOf(other) ? -1 : 1);
  return {
    kind: "trust.genesis/1", chain, began_at: state.began_at, validators: found.sort(order),
    time: [Date.parse(`${seconds}Z`) / 1000, Number(decimals.padEnd(9, "0"))],
  };
}

// What a consortium is trusted for: genesis, header, or HEIGHT:HASH; null where `text` is none of these.
function parseConsortiumTrust(text) {
  const pin = text.match(/^([1-9]\d{0,15}):([0-9a-fA-F]{64})\s*$/);
  if (pin) return { kind: "trust.pin/1", height: Number(pin[1]), hash: pin[2].toLowerCase() };
  if (!text.startsWith("{")) return null;
  const said = JSON.parse(text);
  const trust = said.genesis_time ? parseNetwork(said) : said;
  if (trust.kind === "trust.genesis/1") {
    needKeys(trust, "kind", "chain", "began_at", "time", "validators");
    needTime(trust.time);
    needValidators(trust.validators);
  } else if (trust.kind === "trust.header/1") {
    needKeys(trust, "kind", "began_at", "block");
    needLightBlock(trust.block);
  } else if (trust.kind === "trust.pin/1") {
    needKeys(trust, "kind", "height", "hash");
    needWhole(trust.height, 1, Number.MAX_SAFE_INTEGER);
    needHex(trust.hash, 32);
  } else return null;
  if (trust.kind !== "trust.pin/1") wholeNumber(trust.began_at);
  return trust;
}

// What is believed at first, and the light blocks that have to follow from it.
async function beginning(blocks, trust, verify) {
  if (trust.kind === "trust.genesis/1") return { believed: believeGenesis(trust), rest: blocks };
  const hash = trust.kind === "trust.pin/1" ? trust.hash : toHex(headerHash(trust.block.header));
  const height = trust.kind === "trust.pin/1" ? trust.height : trust.block.header.height;
  const there = blocks.find(({ header }) => header.height === height);
  const last = blocks[blocks.length - 1].header.height;
  need(!there || toHex(headerHash(there.header)) === hash, "another header than the one that is trusted");
  need(there || (trust.kind === "trust.header/1" && last > height), "no way from the header that is trusted");
  const pinned = trust.kind === "trust.pin/1" ? there : trust.block;
  needLightBlock(pinned);
  await needCommit(pinned, verify);
  return { believed: believe(pinned), rest: blocks.filter(({ header }) => header.height > height) };
}

// -- The finality part of a proof ------------------------------------------------------------------

function needConsortiumFinality(finality) {
  needKeys(finality, "kind", "height", "blocks");
  const { blocks, height } = finality;
  need(Array.isArray(blocks) && blocks.length >= 1 && blocks.length <= BLOCKS_MAX, "no headers, or too many");
  wholeNumber(height);
  blocks.forEach(needLightBlock);
  need(blocks.every(({ header }, i) => !i || header.height > blocks[i - 1].header.height), "heights that do not rise");
}

// Whether what is trusted says at which block of the ledger the network began to count.
const bindsHeight = (trust) => trust?.kind !== "trust.pin/1";

// Whether the header is about the block of the ledger that the proof names.
function heightTold({ height, blocks }, trust) {
  const said = height + 1 - blocks[blocks.length - 1].header.height;
  return said >= 0 && (!bindsHeight(trust) || said === trust.began_at);
}

async function followed({ blocks }, trust, nowMs, verify) {
  let { believed, rest } = await beginning(blocks, trust, verify);
  for (const block of rest) believed = await verifyNext(believed, block, nowMs, verify);
  return true;
}

async function consortiumSteps({ state, finality }, trust, nowMs, verify) {
  const last = finality.blocks[finality.blocks.length - 1];
  const count = finality.blocks.length;
  const followedSentence = count === 1
    ? "That header follows from what is trusted: enough of the validators signed it."
    : `The ${count} headers follow one from the other, the first from what is trusted: enough of the validators signed each.`;
  const aboutSentence = bindsHeight(trust)
    ? "The header that carries the state is about the block that the proof names."
    : "What is trusted does not say where the network began: the block is told by the network's own count.";
  return [
    await step(STATE_SENTENCES[claimOf({ state })], () => {
      const proved = provedAppHash(state);
      return proved !== null && toHex(proved) === last.header.app_hash;
    }),
    await step(aboutSentence, () => {
      needConsortiumFinality(finality);
      return heightTold(finality, trust);
    }),
    await step("What is trusted is not older than nine days, or is that very header.", async () => {
      const { believed, rest } = await beginning(finality.blocks, trust, verify);
      return rest.length === 0 || isFresh(believed, nowMs);
    }),
    await step(followedSentence, () => followed(finality, trust, nowMs, verify)),
  ];
}
