// A telemetry reading: a leaf of a window whose root is in the proved record. The rules are those of
// cellchain.core.readings (bytes) and cellchain.crypto.window (salted tree).

const WINDOW_KIND = "telemetry.window/1";
const LEAF_BYTES = 4096;

// Bytes of one reading and readings of one leaf; throws where a channel has another width.
function leafShape({ channels }) {
  const widths = channels.map(({ width_bytes: width = 4 }) => width);
  if (!widths.length || !widths.every((width) => width === 4 || width === 8)) throw new Error("bad layout");
  const words = Math.ceil(channels.length / 32);
  const size = 16 + 4 * words + widths.reduce((sum, width) => sum + width, 0);
  return { widths, words, size, perLeaf: Math.max(1, Math.floor(LEAF_BYTES / size)) };
}

function exactNumber(value) {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Error("a number beyond 2^53");
  return number;
}

// The readings of a leaf: sequence, time and a value, or null, by channel.
function decodeLeaf(layout, leaf) {
  const { widths, words, size } = leafShape(layout);
  const readings = [];
  for (let start = 0; start < leaf.length; start += size) {
    const view = new DataView(leaf.buffer, leaf.byteOffset + start, size);
    const present = (i) => i < 32 * words && (view.getUint32(16 + 4 * (i >> 5), true) >>> (i & 31)) & 1;
    let place = 16 + 4 * words;
    const values = widths.map((width, i) => {
      const value = width === 4 ? view.getInt32(place, true) : exactNumber(view.getBigInt64(place, true));
      place += width;
      if (!present(i) && value !== 0) throw new Error("a value where nothing was measured");
      return present(i) ? value : null;
    });
    for (let i = widths.length; i < 32 * words; i++)
      if (present(i)) throw new Error("presence of a channel that is not there");
    const sequence = exactNumber(view.getBigUint64(0, true));
    if (readings.length && sequence <= readings[readings.length - 1].sequence) throw new Error("out of order");
    readings.push({ sequence, timeMs: exactNumber(view.getBigInt64(8, true)), values });
  }
  return readings;
}

// Layout and readings, if the leaf is where and as large as the proved record of the window says.
function provedReadings(reading, state) {
  const window = JSON.parse(state.value);
  const require = (allowed, why) => { if (!allowed) throw new Error(why); };
  require(reading.kind === "cellchain.reading_proof/1" && window.kind === WINDOW_KIND, "another kind");
  require(state.name === `${WINDOW_KIND} ${reading.window}`, "another window");
  require(toHex(sha256(utf8(reading.layout))) === window.layout, "another layout");
  const layout = JSON.parse(reading.layout);
  const { size, perLeaf } = leafShape(layout);
  const [leaf, salt] = [fromHex(reading.leaf), fromHex(reading.salt)];
  require(salt.length === 16, "a salt has 16 bytes");
  const leaves = Math.ceil(wholeNumber(window.count) / perLeaf);
  const root = logRoot(reading.index, leaves, tagged(0, salt, leaf), reading.path.map(hash32));
  require(root !== null && toHex(root) === window.root, "not in the tree");
  const expected = Math.min(perLeaf, window.count - reading.index * perLeaf);
  require(leaf.length === expected * size, "another number of readings");
  const readings = decodeLeaf(layout, leaf);
  const first = Number(reading.window.split("/").pop());
  require(readings[0].sequence >= first, "before the window");
  require(readings[readings.length - 1].sequence <= window.last, "after the window");
  const inside = ({ timeMs }) => window.start_ms <= timeMs && timeMs <= window.end_ms;
  require(readings.every(inside), "measured at another time than the window");
  return { layout, readings };
}
