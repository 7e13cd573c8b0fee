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
  ms: (n) => (n > 1e11 ? moment(n) : `${decimal(n, 3)} s`),
  mg: (n) => `${decimal(n, 6)} kg`,
  mwh: (n) => `${decimal(n, 6)} kWh`,
  mah: (n) => `${decimal(n, 3)} Ah`,
  mv: (n) => `${decimal(n, 3)} V`,
  ma: (n) => `${decimal(n, 3)} A`,
  mk: (n) => `${decimal(n - 273150, 3)} °C`,
  ppm: (n) => `${decimal(n, 4)} %`,
  m: (n) => `${decimal(n, 3)} km`,
  wh: (n) => `${decimal(n, 3)} kWh`,
  g: (n) => `${decimal(n, 3)} kg`,
  bytes: (n) => `${decimal(n, 0)} bytes`,
};

const words = (name) => name.replace(/_/g, " ");

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

function claimTold({ state, finality }) {
  const claim = claimOf(state);
  const { header } = finality.header;
  const when = `block ${decimal(header.height, 0)} of the ledger “${header.chain}”, ${moment(header.time_ms)}`;
  if (claim === "record" || claim === "absence") {
    const [kind, ...subject] = state.name.split(" ");
    const title = `${kindWords(kind)[1]} of ${subject.join(" ")}`;
    return claim === "record"
      ? { title, sentence: `This is the record as it stood after ${when}.`, rows: shownFields(state.value).rows }
      : { title: `No ${title}`, sentence: `There was no such record after ${when}.`, rows: [] };
  }
  const { kind, rows } = shownFields(state.entry);
  const place = `entry ${decimal(state.index + 1, 0)} of the log, written by ${when}`;
  if (claim === "event") return { title: kindWords(kind).join(": "), sentence: `This happened: ${place}.`, rows };
  const refused = rows.some(([name]) => name === "code");
  const outcome = refused ? "The transaction was refused" : "The transaction happened";
  return { title: "What became of a transaction", sentence: `${outcome}: ${place}.`, rows };
}
