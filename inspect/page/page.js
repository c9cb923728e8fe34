// The live page: turns the counts that the server sends, twice a second, into rates, and draws them.
"use strict";

const kPoints = 240;  // two minutes
const kColours = ["#2f7ed8", "#e6862a", "#3aa657", "#a64ac9", "#c43c4e", "#4bb8c4", "#8a7f3a", "#888"];
const byId = id => document.getElementById(id);

// Axes tell how many seconds ago a point was.
function makeChart(id, names) {
  const data = [[], ...names.map(() => [])];
  const at = byId(id);
  const legend = Object.assign(document.createElement("p"), {className: "legend"});
  const entries = names.map((name, i) => {
    const entry = document.createElement("span");
    entry.style.setProperty("--colour", kColours[i % kColours.length]);
    legend.append(entry);
    return entry;
  });
  let plot = null;
  if (window.uPlot) {
    const grid = {stroke: "#8882"}, axis = {stroke: "#888", grid, ticks: grid};
    const ago = (_, ticks) => ticks.map(t => t === 0 ? "now" : t + " s");
    plot = new uPlot({
      width: at.clientWidth, height: 150, legend: {show: false}, cursor: {show: false},
      axes: [{...axis, values: ago, size: 30}, {...axis, size: 56}],
      scales: {x: {time: false, range: (_, oldest) => [Math.min(oldest ?? 0, -20), 0]}, y: {range: (_, low, high) => [0, Math.max(high, 1e-3) * 1.1]}},
      series: [{}, ...names.map((label, i) => ({
        label, stroke: kColours[i % kColours.length], width: 1.5, points: {show: false},
      }))],
    }, data, at);
    new ResizeObserver(() => plot.setSize({width: at.clientWidth, height: 150})).observe(at);
  }
  at.append(legend);
  return (time, values) => {
    [time, ...values].forEach((value, i) => {
      data[i].push(value);
      if (data[i].length > kPoints) data[i].shift();
    });
    entries.forEach((entry, i) => { entry.textContent = `${names[i]} ${short(values[i])}`; });
    if (plot) plot.setData([data[0].map(t => t - time), ...data.slice(1)]);
  };
}

const short = value => value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2);

function fill(list, items, make) {
  list.replaceChildren(...items.map(make));
  if (items.length === 0) list.append(Object.assign(document.createElement("li"), {className: "none", textContent: "none"}));
}

function line(text, note = "") {
  const item = document.createElement("li");
  item.append(text);
  if (note) item.append(document.createElement("br"), Object.assign(document.createElement("small"), {textContent: note}));
  return item;
}

let before = null;
let charts = null;

function makeCharts(state) {
  return {
    utilization: makeChart("chart-utilization", ["busy"]),
    lag: makeChart("chart-lag", ["mean", "99 of 100 are below"]),
    phases: makeChart("chart-phases", Object.keys(state.phases)),
    callbacks: makeChart("chart-callbacks", Object.keys(state.callbacks)),
    jobs: makeChart("chart-jobs", ["queued", "running"]),
    pool: makeChart("chart-pool", ["jobs waited", "jobs ran"]),
    requests: makeChart("chart-requests", ["served", "failed", "sent to others"]),
    bytes: makeChart("chart-bytes", ["read", "written"]),
  };
}

const differences = (now, then) => Object.keys(now).map(key => now[key] - then[key]);
const sum = values => values.reduce((a, b) => a + b, 0);

// Below which bound so many of the observations in buckets lie; seconds.
function quantile(counts, bounds, part) {
  let left = part * sum(counts);
  if (left === 0) return 0;
  for (let i = 0; i < bounds.length; ++i) {
    left -= counts[i];
    if (left <= 0) return bounds[i];
  }
  return bounds[bounds.length - 1];
}

function show(state) {
  const time = Date.now() / 1000;
  charts ??= makeCharts(state);
  byId("name").textContent = state.name;
  byId("longest_lag").textContent = (state.longest_lag * 1000).toFixed(1) + " ms";
  byId("contexts").textContent = state.contexts;
  for (const [kind, count] of Object.entries(state.pending)) byId(kind).textContent = count;
  byId("queued").textContent = state.pool.queued;
  byId("running").textContent = `${state.pool.running} of ${state.pool.threads}`;
  byId("connections").textContent = state.net.connections;
  byId("dropped").hidden = state.dropped === 0;
  byId("dropped").textContent = state.dropped + " calls dropped: the recording has only the last";
  byId("trace").hidden = !state.recorded;
  byId("record").disabled = state.recording;
  byId("record").textContent = state.recording ? "Recording…" : "Record 5 s";
  fill(byId("slow"), state.slow, slow => line(slow.text, new Date(slow.at).toTimeString().slice(0, 8)));
  fill(byId("oldest"), state.oldest, c => line(c.values, `made at ${c.made}; held by ${c.held.join("; ") || "nothing"}`));

  if (before !== null && time > before.time) {
    const seconds = time - before.time;
    const busy = state.busy - before.state.busy;
    const all = busy + state.idle - before.state.idle;
    const iterations = state.iterations - before.state.iterations;
    const calls = differences(state.callbacks, before.state.callbacks).map(n => n / seconds);
    // Where nothing was counted meanwhile, the loop slept all the time.
    const utilization = all > 0 ? 100 * busy / all : 0;
    byId("utilization").textContent = utilization.toFixed(1) + " %";
    byId("rate").textContent = sum(calls).toFixed(0);
    charts.utilization(time, [utilization]);
    const lag = state.lag.map((n, i) => n - before.state.lag[i]);
    charts.lag(time, [iterations > 0 ? 1000 * busy / iterations : 0, 1000 * quantile(lag, state.lag_bounds, 0.99)]);
    charts.phases(time, differences(state.phases, before.state.phases).map(s => 1000 * s / seconds));
    charts.callbacks(time, calls);
    const rates = kind => {
      const names = Object.keys(state[kind]);
      const all = differences(state[kind], before.state[kind]).map(n => n / seconds);
      return Object.fromEntries(names.map((name, i) => [name, all[i]]));
    };
    const pool = rates("pool"), net = rates("net");
    charts.jobs(time, [state.pool.queued, state.pool.running]);
    charts.pool(time, [1000 * pool.waited, 1000 * pool.ran]);
    byId("requests").textContent = net.served.toFixed(0);
    charts.requests(time, [net.served, net.failed, net.sent]);
    charts.bytes(time, [net.read / 1024, net.written / 1024]);
  }
  before = {time, state};
}

byId("no-charts").hidden = Boolean(window.uPlot);
byId("record").addEventListener("click", () => {
  byId("record").disabled = true;
  fetch("record", {method: "POST", headers: {"X-Weft": "record"}});
});
const events = new EventSource("events");
events.onopen = () => { byId("connection").textContent = "live"; byId("connection").className = ""; };
events.onerror = () => { byId("connection").textContent = "not connected"; byId("connection").className = "bad"; };
events.onmessage = event => show(JSON.parse(event.data));
