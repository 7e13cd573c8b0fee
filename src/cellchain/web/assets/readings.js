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
      const pause = one.times_ms[0] / 1000 - plot.data[0].at(-1) > PAUSE_S;
      const joined = (row, fresh, gap) => [...row, ...(pause ? [gap] : []), ...fresh].slice(-KEPT);
      const times = joined(plot.data[0], one.times_ms.map((t) => t / 1000), plot.data[0].at(-1) + 0.001);
      const fresh = values.map((v) => shown(v, place));
      plot.setData([times, ...plot.data.slice(1).map((row) => joined(row, fresh, null))]);
    });
  }
};

const listen = () => {
  const source = new EventSource(`${path}/live`);
  source.addEventListener("message", (event) => {
    state.textContent = "live";
    state.className = "chip good";
    add(JSON.parse(event.data));
  });
  source.addEventListener("error", () => { state.textContent = "not connected"; state.className = "chip watch"; });
  source.addEventListener("open", () => { state.textContent = "waiting for readings"; state.className = "chip plain"; });
  addEventListener("pagehide", () => source.close());
};

const answer = await fetch(`${path}/readings?points=1200&from=${box.dataset.from}&until=${box.dataset.until}&channels=${channels.join(",")}`);
if (answer.ok) {
  box.hidden = false;
  const series = await answer.json();
  draw(withGaps(series), series.gaps_ms);
  document.getElementById("drawn").hidden = true;
  addEventListener("resize", () => charts.forEach((plot) => plot.setSize({ width: box.clientWidth, height: 190 })));
  if (box.dataset.live) listen();
}
