// Fills the page from the API, every two seconds while it is seen.

import { element, figure, linked, moment, plain, shown, table } from "./table.js";

const PAUSE_MS = 2000;
const PAGE = 50;
const COMPARED_MOST = 100;
const filter = document.getElementById("filter");
const chosen = new Set();
let offset = 0;

const tone = (word) =>
  ({ COMPLETED: "good", FAILED: "bad", pass: "good", fail: "bad", valid: "good", suspect: "doubtful", invalid: "bad" })[word] ?? "";

async function ask(path, options = {}) {
  const response = await fetch(path, { ...options, headers: { accept: "application/json", ...options.headers } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

/** The query of the filter, without what is not set. */
function wanted(more) {
  const query = new URLSearchParams(more);
  for (const [name, value] of new FormData(filter)) if (value !== "") query.set(name, value);
  return query;
}

function place(progress) {
  if (!progress) return "in another process";
  if (progress.state === "waiting") return `waits for ${progress.before} before it`;
  return `${shown(progress.requests)} requests, ${shown(progress.failed)} failed`;
}

async function cancel(id, button) {
  button.disabled = true;
  await ask(`/api/benchmarks/${encodeURIComponent(id)}/cancel`, { method: "POST" }).catch(complain);
}

async function drawNow(runs) {
  const running = await ask("/api/results?status=RUNNING&limit=100");
  const rows = await Promise.all(
    running.results.map(async ({ id }) => {
      const it = await ask(`/api/benchmarks/${encodeURIComponent(id)}`);
      return { id, kind: `${it.client_library} ${it.client_type}`, name: it.name, since: it.start_time, how: place(it.progress), ours: it.progress };
    }),
  );
  const playing = runs.filter((run) => run.state === "running");
  rows.push(...playing.map((run) => ({ kind: "run", name: run.name, since: run.started_at, how: `${shown(run.requests)} requests` })));
  table("now", [
    ["what", (row) => plain(row.kind)],
    ["name", (row) => plain(row.name, "long")],
    ["since (UTC)", (row) => moment(row.since)],
    ["how far", (row) => plain(row.how, "long")],
    ["", (row) => (row.ours ? { text: "Cancel", id: row.id, press: (button) => cancel(row.id, button) } : plain(""))],
  ], rows, "nothing is played");
}

function choose(row) {
  const heard = (is) => {
    if (is) chosen.add(row.id);
    else chosen.delete(row.id);
    document.getElementById("compare").disabled = chosen.size < 2 || chosen.size > COMPARED_MOST;
  };
  return { text: `compare ${row.name}`, kind: "", choice: { is: chosen.has(row.id), cannot: row.status !== "COMPLETED", heard } };
}

async function drawResults() {
  const { results, total_count: total } = await ask(`/api/results?${wanted({ limit: PAGE, offset })}`);
  document.getElementById("as-csv").href = `/api/results?${wanted({ limit: 1000, format: "csv" })}`;
  table("results", [
    ["compare", choose],
    ["name", (row) => linked(row.name, `#${encodeURIComponent(row.id)}`)],
    ["client", (row) => plain(row.client_library)],
    ["method", (row) => plain(row.http_method)],
    ["started (UTC)", (row) => moment(row.start_time)],
    ["status", (row) => plain(row.status, tone(row.status))],
    ["answers/s", (row) => figure(row.requests_per_second)],
    ["mean", (row) => figure(row.avg_response_time, " ms")],
    ["errors", (row) => figure(row.error_rate, " %")],
  ], results, wanted().size > 1 || wanted().get("status") !== "ALL" ? "no results like these" : "no results yet; POST /api/configurations and /api/benchmarks/run play one");
  document.getElementById("pages").hidden = total <= PAGE;
  document.getElementById("range").textContent = `${offset + 1} to ${offset + results.length} of ${total}`;
  document.getElementById("newer").disabled = offset === 0;
  document.getElementById("older").disabled = offset + PAGE >= total;
}

async function compare() {
  const body = JSON.stringify({ result_ids: [...chosen] });
  const { comparison, summary } = await ask("/api/results/compare", { method: "POST", body, headers: { "content-type": "application/json" } });
  const best = (id, cell) => ({ ...cell, kind: id ? `${cell.kind} best` : cell.kind });
  table("comparison", [
    ["name", (row) => linked(row.name, `#${encodeURIComponent(row.id)}`)],
    ["client", (row) => plain(row.client_library)],
    ["answers/s", (row) => best(summary.highest_throughput === row.id, figure(row.requests_per_second))],
    ["mean", (row) => best(summary.fastest_avg_response_time === row.id, figure(row.avg_response_time, " ms"))],
    ["errors", (row) => best(summary.lowest_error_rate === row.id, figure(row.error_rate, " %"))],
    ["CPU", (row) => figure(row.cpu_usage_avg, " %")],
    ["memory", (row) => figure(row.memory_usage_avg)],
  ], comparison, "");
  document.getElementById("chance").hidden = false;
}

/** The result that the address names, with its configuration. */
async function open() {
  const id = decodeURIComponent(location.hash.slice(1));
  const section = document.getElementById("opened");
  section.hidden = id === "";
  if (section.hidden) return;
  const path = `/api/benchmarks/${encodeURIComponent(id)}`;
  const { config_snapshot: snapshot, progress, ...result } = await ask(path);
  document.getElementById("h-opened").textContent = `${result.name}: ${result.client_library} ${result.client_type}, ${result.status}`;
  document.getElementById("as-json").href = path;
  const milliseconds = (name) => (name.endsWith("_response_time") || name === "duration" ? " ms" : "");
  const percent = (name) => (name === "error_rate" || name === "cpu_usage_avg" ? " %" : "");
  const worded = (name, value) => {
    if (typeof value === "number") return shown(value, milliseconds(name) || percent(name));
    return typeof value === "object" ? Object.entries(value).map(([key, count]) => `${key}: ${count}`).join(", ") : value;
  };
  const pairs = (place, map) => {
    const isEmpty = (value) => value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
    const rows = Object.entries(map ?? {}).filter(([, value]) => !isEmpty(value));
    table(place, [
      ["what", ([name]) => plain(name.replaceAll("_", " "))],
      ["is", ([name, value]) => plain(worded(name, value), name === "error" ? "long bad" : "long")],
    ], rows, "not known");
  };
  pairs("figures", result);
  pairs("configuration", snapshot);
}

function drawRecords(contests, runs, comparisons) {
  table("contests", [
    ["name", (row) => linked(row.name, `/contests/${encodeURIComponent(row.id)}`)],
    ["target", (row) => plain(row.target, "long")],
    ["started (UTC)", (row) => moment(row.at)],
    ["validity", (row) => plain(row.validity, tone(row.validity))],
    ["requests", (row) => figure(row.requests)],
    ["clients", (row) => plain(row.clients.join(", "), "long")],
  ], contests, "no contests yet; `dyno clients compare` plays one");
  const verdict = (run) => [run.verdict === "none" ? "" : run.verdict, run.validity === "valid" ? "" : run.validity, run.state === "finished" ? "" : run.state];
  const measured = (run, value) => (run.requests > 0 ? value : null);
  table("runs", [
    ["name", (row) => linked(row.name, `/runs/${encodeURIComponent(row.id)}`)],
    ["target", (row) => plain(row.target, "long")],
    ["started (UTC)", (row) => moment(row.started_at)],
    ["verdict", (row) => plain(verdict(row).filter(Boolean).join(", ") || "–", tone(row.verdict) || tone(row.validity === "valid" ? "" : row.validity))],
    ["requests", (row) => figure(row.requests)],
    ["ok/s", (row) => figure(measured(row, row.throughput_per_s))],
    ["p99", (row) => figure(measured(row, row.p99_ns / 1e6), " ms")],
  ], runs, "no runs yet; `dyno run` plays the tour");
  table("comparisons", [
    ["name", (row) => linked(row.name, `/comparisons/${encodeURIComponent(row.id)}`)],
    ["made (UTC)", (row) => moment(row.at)],
    ["gate", (row) => plain(row.state, tone(row.state))],
    ["evidence", (row) => plain(row.evidence)],
    ["sides", (row) => plain(row.arms.map((arm) => `${arm.letter} ${arm.label}`).join(", "), "long")],
  ], comparisons, "no comparisons yet; `dyno compare` makes one");
}

async function draw() {
  const [{ runs }, { comparisons }, { contests }] = await Promise.all([
    ask("/api/runs?limit=50"),
    ask("/api/comparisons?limit=50"),
    ask("/api/contests?limit=50"),
    drawResults(),
  ]);
  drawRecords(contests, runs, comparisons);
  await drawNow(runs);
  await open();
}

function complain(error) {
  const state = document.getElementById("state");
  state.textContent = `not up to date: ${error.message}`;
  state.className = "bad";
}

async function refresh() {
  try {
    await draw();
    const state = document.getElementById("state");
    state.textContent = "up to date";
    state.className = "";
  } catch (error) {
    complain(error);
  }
}

async function follow() {
  if (document.visibilityState === "visible") await refresh();
  setTimeout(follow, PAUSE_MS);
}

/** Offers the clients and methods that the API knows. */
async function offer() {
  const { components } = await ask("/api/openapi.json");
  const known = components.schemas.NewConfiguration.properties;
  for (const name of ["client_library", "http_method"]) {
    filter.elements[name].append(...known[name].enum.map((word) => element("option", word)));
  }
}

function turn(pages) {
  offset = Math.max(0, offset + pages * PAGE);
  refresh();
}

filter.addEventListener("submit", (event) => event.preventDefault());
filter.addEventListener("input", () => turn(-Infinity));
document.getElementById("newer").addEventListener("click", () => turn(-1));
document.getElementById("older").addEventListener("click", () => turn(1));
document.getElementById("compare").addEventListener("click", () => compare().catch(complain));
addEventListener("hashchange", () => open().then(() => document.getElementById("h-opened").focus()).catch(complain));
offer().catch(complain);
follow();
