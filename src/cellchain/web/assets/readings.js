// The live chart: the recorded series from the API, then readings as they come, by server-sent events.
const box = document.getElementById("live");
const state = document.getElementById("live-state");
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const path = `/api/v1/batteries/${box.dataset.battery}`;
const channels = box.dataset.channels.split(",");
const names = box.dataset.names.split(",");
const units = box.dataset.units.split(",");
const divisors = box.dataset.divisors.split(",").map(Number);
const offsets = box.dataset.offsets.split(",").map(Number);
// Readings are kept in smallest units; people read volts and degrees.
const shown = (value, place) => (value === null ? null : value / divisors[place] + offsets[place]);
const KEPT = 4000;
const PAUSE_S = 60; // no line is drawn across a pause

// Times are of UTC, as everywhere else on the page, and written alike.
const text = (seconds, from, to) => new Date(seconds * 1000).toISOString().slice(from, to).replace("T", " ");
const stamps = (plot, splits, place, space, step) => {
  const day = step >= 86400;
  const fine = step < 60 ? 19 : 16;
  return splits.map((at, i) => {
    if (day) return text(at, 0, 10);
    const fresh = i === 0 || text(at, 0, 10) !== text(splits[i - 1], 0, 10);
    return fresh ? `${text(at, 11, fine)}\n${text(at, 0, 10)}` : text(at, 11, fine);
  });
};

const axis = () => ({ stroke: css("--quiet"), grid: { stroke: css("--line") }, ticks: { stroke: css("--line") } });

// A gap is a row without values between two readings: the line is not drawn across.
const withGaps = (series) => {
  const gaps = series.gaps_ms.map(([since]) => since + 1);
  const times = [...series.times_ms, ...gaps].sort((a, b) => a - b);
  const at = new Map(series.times_ms.map((t, i) => [t, i]));
  const spread = (kept) => kept.map((row, place) => times.map((t) => (at.has(t) ? shown(row[at.get(t)], place) : null)));
  const [means, high, low] = [series.values, series.high, series.low].map(spread);
  return { times: times.map((t) => t / 1000), means, high, low };
};

const charts = [];
// What was not received is shown as not received.
const grey = (plot, gaps) => {
  const { ctx, bbox } = plot;
  ctx.fillStyle = css("--sunk");
  for (const [since, until] of gaps) {
    const left = Math.max(plot.valToPos(since / 1000, "x", true), bbox.left);
    const right = Math.min(plot.valToPos(until / 1000, "x", true), bbox.left + bbox.width);
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
};

const draw = (data, gaps) => {
  channels.forEach((_, place) => {
    const hue = css(`--d${(place % 4) + 1}`);
    const holder = document.createElement("div");
    box.append(holder);
    const plot = new uPlot({
      width: box.clientWidth || 600,
      height: 190,
      title: `${names[place]}${units[place] ? `, ${units[place]}` : ""}`,
      scales: { x: { time: true } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      axes: [{ ...axis(), values: stamps }, { ...axis(), size: 64 }],
      cursor: { sync: { key: "battery" } },
      series: [
        { label: "UTC", value: (plot, at) => (at === null ? "–" : text(at, 0, 19)) },
        { label: names[place], stroke: hue, width: 1.6, spanGaps: false },
        { label: "greatest", stroke: "transparent", spanGaps: false },
        { label: "least", stroke: "transparent", spanGaps: false },
      ],
      bands: [{ series: [2, 3], fill: `${hue}40` }],
      hooks: { drawClear: [(plot) => grey(plot, gaps)] },
    }, [data.times, data.means[place], data.high[place], data.low[place]], holder);
    charts.push(plot);
  });
};

const add = (told) => {
  for (const one of told) {
    charts.forEach((plot, place) => {
      const values = one.values[channels[place]];
      if (!values) return;
      const last = plot.data[0].at(-1);
      const begin = one.times_ms.findIndex((t) => !(t / 1000 <= last)); // what is drawn already is not drawn again
      if (begin < 0) return;
      const pause = one.times_ms[begin] / 1000 - last > PAUSE_S;
      const joined = (row, fresh, gap) => [...row, ...(pause ? [gap] : []), ...fresh].slice(-KEPT);
      const times = joined(plot.data[0], one.times_ms.slice(begin).map((t) => t / 1000), last + 0.001);
      const fresh = values.slice(begin).map((v) => shown(v, place));
      plot.setData([times, ...plot.data.slice(1).map((row) => joined(row, fresh, null))]);
    });
  }
};

const say = (words, tone) => { state.textContent = words; state.className = `chip ${tone}`; };

const recorded = async (until_ms) => {
  const asked = `points=1200&from=${box.dataset.from}&until=${until_ms}&channels=${channels.join(",")}`;
  const answer = await fetch(`${path}/readings?${asked}`).catch(() => null);
  return answer?.ok ? answer.json() : null;
};

// Where something was missed the whole is fetched anew; what comes meanwhile is added afterwards.
let held = null;
const refetch = async () => {
  if (held) return;
  held = [];
  try {
    const series = await recorded(Math.max(Number(box.dataset.until), Date.now()));
    if (series) {
      charts.splice(0).forEach((plot) => plot.destroy());
      box.replaceChildren();
      draw(withGaps(series), series.gaps_ms);
    }
  } finally {
    const came = held;
    held = null;
    add(came);
  }
};

let source = null;
const listen = () => {
  source = new EventSource(`${path}/live`);
  source.addEventListener("message", (event) => {
    say("live", "good");
    const told = JSON.parse(event.data);
    if (held) held.push(...told);
    else add(told);
  });
  source.addEventListener("missed", refetch);
  source.addEventListener("error", () => say("not connected", "watch"));
  source.addEventListener("open", () => say("waiting for readings", "plain"));
};
addEventListener("pagehide", () => {
  if (!source) return;
  source.close();
  say("not connected", "watch");
});
// A page that the browser kept comes back as it was, and hears nothing.
addEventListener("pageshow", (event) => {
  if (!event.persisted || !source) return;
  listen();
  refetch();
});

const series = await recorded(box.dataset.until);
if (series) {
  box.hidden = false;
  draw(withGaps(series), series.gaps_ms);
  document.getElementById("drawn").hidden = true;
  addEventListener("resize", () => charts.forEach((plot) => plot.setSize({ width: box.clientWidth, height: 190 })));
  if (box.dataset.live) listen();
}
