// The live chart: the recorded series from the API, then readings as they come, by server-sent events.
const box = document.getElementById("live");
const state = document.getElementById("live-state");
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const path = `/api/v1/batteries/${box.dataset.battery}`;
const channels = box.dataset.channels.split(",");
const units = box.dataset.units.split(",");
const KEPT = 4000;

const axis = () => ({ stroke: css("--quiet"), grid: { stroke: css("--line") }, ticks: { stroke: css("--line") } });

// A gap is a row without values between two readings: the line is not drawn across.
const withGaps = (series) => {
  const gaps = series.gaps_ms.map(([since]) => since + 1);
  const times = [...series.times_ms, ...gaps].sort((a, b) => a - b);
  const at = new Map(series.times_ms.map((t, i) => [t, i]));
  const rows = series.values.map((row) => times.map((t) => (at.has(t) ? row[at.get(t)] : null)));
  return [times.map((t) => t / 1000), ...rows];
};

const charts = [];
const draw = (data) => {
  channels.forEach((name, place) => {
    const holder = document.createElement("div");
    box.append(holder);
    const plot = new uPlot({
      width: box.clientWidth || 600,
      height: 190,
      title: `${name.replaceAll("_", " ")}${units[place] ? `, ${units[place]}` : ""}`,
      scales: { x: { time: true } },
      axes: [axis(), { ...axis(), size: 64 }],
      cursor: { sync: { key: "battery" } },
      series: [{}, { label: name, stroke: css(`--d${(place % 4) + 1}`), width: 1.6, spanGaps: false }],
    }, [data[0], data[place + 1]], holder);
    charts.push(plot);
  });
};

const add = (told) => {
  for (const one of told) {
    charts.forEach((plot, place) => {
      const values = one.values[channels[place]];
      if (!values) return;
      const times = [...plot.data[0], ...one.times_ms.map((t) => t / 1000)].slice(-KEPT);
      plot.setData([times, [...plot.data[1], ...values].slice(-KEPT)]);
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

const answer = await fetch(`${path}/readings?points=1200&channels=${channels.join(",")}`);
if (answer.ok) {
  box.hidden = false;
  draw(withGaps(await answer.json()));
  document.getElementById("drawn").hidden = true;
  addEventListener("resize", () => charts.forEach((plot) => plot.setSize({ width: box.clientWidth, height: 190 })));
  listen();
}
