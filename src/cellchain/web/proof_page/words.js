// Plain words for what was proved. Names of fields end in their unit, so the unit is read off them.

function decimal(count, digits) {
  const text = String(Math.abs(count)).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = digits ? text.slice(-digits).replace(/0+$/, "") : "";
  return (count < 0 ? "−" : "") + whole + (fraction && `.${fraction}`);
}

const moment = (ms) => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString().replace("T", " ").replace(/\.000Z$|Z$/, " UTC");
};

const UNITS = {
  s: (n) => `${decimal(n, 0)} s`,
  ms: (n) => (n > 1e11 ? moment(n) : `${decimal(n, 3)} s`),
  mg: (n) => `${decimal(n, 6)} kg`,
  mwh: (n) => `${decimal(n, 6)} kWh`,
  mah: (n) => `${decimal(n, 3)} Ah`,
  mv: (n) => `${decimal(n, 3)} V`,
  ma: (n) => `${decimal(n, 3)} A`,
  mk: (n) => (n > 150000 ? `${decimal(n - 273150, 3)} °C` : `${decimal(n, 3)} K`), // or a difference
  ppm: (n) => `${decimal(n, 4)} %`,
  m: (n) => `${decimal(n, 3)} km`,
  wh: (n) => `${decimal(n, 3)} kWh`,
  g: (n) => `${decimal(n, 3)} kg`,
  bytes: (n) => `${decimal(n, 0)} bytes`,
};

const WHOLE_WORDS = { soh: "state of health", soc: "state of charge", co2e: "CO₂e" };
const words = (name) => name.split("_").map((word) => WHOLE_WORDS[word] || word).join(" ");

function shownField(name, value) {
  const [stem, unit] = [name.replace(/_[a-z]+$/, ""), name.split("_").pop()];
  if (Number.isSafeInteger(value))
    return stem !== name && Object.hasOwn(UNITS, unit)
      ? [words(stem), UNITS[unit](value)]
      : [words(name), decimal(value, 0)];
  if (value === null) return [words(name), "none"];
  if (typeof value === "boolean") return [words(name), value ? "yes" : "no"];
  if (typeof value === "string") return [words(name), value || "empty"];
  if (Array.isArray(value) && value.every((item) => typeof item === "string"))
    return [words(name), value.join(", ") || "none"];
  return [words(name), canonicalText(value)];
}

// "custody.accepted/1" -> ["custody", "accepted"]
const kindWords = (kind) => String(kind).split("/")[0].split(".").map(words);

function shownFields(text) {
  const { kind, ...fields } = JSON.parse(text);
  return { kind, rows: Object.entries(fields).map(([name, value]) => shownField(name, value)) };
}

// The value of a channel, whose unit stands in the layout.
function shownChannel({ name, unit }, value) {
  const suffix = `_${unit.toLowerCase().replace("/", "_")}`;
  const stem = name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  if (value === null) return [words(stem), "not measured"];
  if (unit === "1") return [words(name), decimal(value, 0)];
  const shown = UNITS[unit.toLowerCase()];
  return [words(stem), shown ? shown(value) : `${decimal(value, 0)} ${unit}`];
}

// Numbered channels that follow one another, told in one row: "cell voltage 1 to 96". A row may carry
// the bare number behind its text; then the folded row carries those of the whole series.
function foldSeries(rows) {
  const runs = [];
  for (const [name, value, number] of rows) {
    const [, stem, place] = name.match(/^(.+) (\d+)$/) || [null, null, null];
    const run = runs[runs.length - 1];
    const joins = run && stem !== null && run.stem === stem;
    if (!joins) runs.push({ name, stem, first: place, values: [], numbers: [] });
    const { values, numbers } = Object.assign(runs[runs.length - 1], { last: place });
    values.push(value);
    numbers.push(number);
  }
  const unbroken = (value) => value.replace(/ /g, "\u00a0");
  return runs.map(({ name, stem, first, last, values, numbers }) => {
    if (values.length === 1) return [name, values[0]];
    const folded = [`${stem} ${first} to ${last}`, values.map(unbroken).join(" · ")];
    return numbers.every(Number.isSafeInteger) ? [...folded, seriesTold(values, numbers)] : folded;
  });
}

// Least and greatest in words, and every value as a share of the way between them.
function seriesTold(values, numbers) {
  const [least, greatest] = [Math.min(...numbers), Math.max(...numbers)];
  const [low, high] = [least, greatest].map((bound) => values[numbers.indexOf(bound)]);
  const shares = numbers.map((number) => (greatest > least ? (number - least) / (greatest - least) : 0.5));
  return { range: low === high ? `all ${low}` : `${low} to ${high}`, shares };
}

const TOLD = {
  record: ({ state }, when) => {
    const [kind, ...subject] = state.name.split(" ");
    const title = `${kindWords(kind)[1]} of ${subject.join(" ")}`;
    return { title, sentence: `This is the record as it stood after ${when}.`, rows: shownFields(state.value).rows };
  },
  absence: ({ state }, when) => {
    const [kind, ...subject] = state.name.split(" ");
    const title = `No ${kindWords(kind)[1]} of ${subject.join(" ")}`;
    return { title, sentence: `There was no such record after ${when}.`, rows: [] };
  },
  event: (proof, when) => {
    const { kind, rows } = shownFields(proof.state.entry);
    return { title: kindWords(kind).join(": "), sentence: `This happened: ${logPlace(proof, when)}.`, rows };
  },
  receipt: (proof, when) => {
    const { rows } = shownFields(proof.state.entry);
    const outcome = JSON.parse(proof.state.entry).code ? "The transaction was refused" : "The transaction happened";
    return { title: "What became of a transaction", sentence: `${outcome}: ${logPlace(proof, when)}.`, rows };
  },
  reading: ({ state, reading }, when) => {
    const { layout, readings } = provedReadings(reading, state);
    const [device, boot] = reading.window.split("/");
    return {
      title: `${device.startsWith("simulated-") ? "Simulated readings" : "Readings"} of ${JSON.parse(state.value).battery}`,
      sentence: `The device ${device} measured this (series ${boot}). Its fingerprint stood on the ledger after ${when}.`,
      heading: "What was measured",
      rows: [],
      groups: readings.map(({ sequence, timeMs, values }) => ({
        title: `Reading ${decimal(sequence, 0)} · ${moment(timeMs)}`,
        rows: foldSeries(layout.channels.map((channel, i) => [...shownChannel(channel, values[i]), values[i]])),
      })),
    };
  },
};

// A later header vouches for the same state, where validators decided that nothing happened.
const logPlace = ({ state, finality }, when) =>
  `entry ${decimal(state.index + 1, 0)} of the log, ${finality.kind === "finality.comet/1" ? "as of" : "written by"} ${when}`;

// The header that carries a state which validators vouch for.
const lastHeader = ({ finality }) => finality.blocks[finality.blocks.length - 1].header;

// The block after which the state was so, and the time of the header that says so.
function blockOf({ finality }) {
  if (finality.kind !== "finality.comet/1") {
    const { height, chain, time_ms: timeMs } = finality.header.header;
    return { height, chain, timeMs };
  }
  const { chain, time: [seconds, nanos] } = lastHeader({ finality });
  return { height: finality.height, chain, timeMs: seconds * 1000 + Math.floor(nanos / 1000000) };
}

// Title, sentence and rows in plain words; for readings, groups of rows. Where what is trusted does not
// bind the block of the ledger, its number is that of the network's own count, which the header does.
function claimTold(proof, trust) {
  const { height, chain, timeMs } = blockOf(proof);
  const place = bindsHeight(trust)
    ? `block ${decimal(height, 0)} of the ledger “${chain}”`
    : `block ${decimal(lastHeader(proof).height - 1, 0)} of the ledger “${chain}” by the network's own count`;
  const when = `${place}, ${moment(timeMs)}`;
  return { heading: "What was on the ledger", groups: [], ...TOLD[claimOf(proof)](proof, when) };
}
