"use strict";
// Fills the page from the API, every two seconds while it is seen. Texts are set as texts, never as HTML: they are foreign.

const PAUSE_MS = 2000;
const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const shown = (value, unit = "") => (value === null || value === undefined ? "–" : number.format(value) + unit);
const moment = (text) => text.slice(0, 19).replace("T", " ");

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function cell({ text, link, kind }) {
  const td = element("td", link ? "" : text, kind);
  if (link) {
    const anchor = element("a", text);
    anchor.href = link;
    td.append(anchor);
  }
  return td;
}

/** Puts a table into the place; `columns` are [title, row => cell]. */
function table(place, columns, rows, empty) {
  const target = document.getElementById(place);
  if (rows.length === 0) {
    target.replaceChildren(element("p", empty, "empty"));
    return;
  }
  const made = document.createElement("table");
  const head = made.createTHead().insertRow();
  const cells = rows.map((row) => columns.map(([, of]) => of(row)));
  columns.forEach(([title], index) => {
    const th = element("th", title, cells[0][index].kind === "number" ? "number" : "");
    th.scope = "col";
    head.append(th);
  });
  const body = made.createTBody();
  for (const row of cells) body.insertRow().append(...row.map(cell));
  target.replaceChildren(made);
}

const plain = (text, kind) => ({ text: String(text ?? ""), kind });
const figure = (value, unit) => ({ text: shown(value, unit), kind: "number" });
const tone = (word) => ({ COMPLETED: "good", FAILED: "bad", pass: "good", fail: "bad" })[word] ?? "";

async function read(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

async function current(results) {
  const running = results.filter((result) => result.status === "RUNNING");
  return Promise.all(running.map((result) => read(`/api/benchmarks/${encodeURIComponent(result.id)}`)));
}

function place(progress) {
  if (!progress) return "in another process";
  if (progress.state === "waiting") return `waits for ${progress.before} before it`;
  return `${shown(progress.requests)} requests, ${shown(progress.failed)} failed`;
}

async function draw() {
  const [{ results }, { runs }, { comparisons }, { contests }, active] = await Promise.all([
    read("/api/results?status=ALL&limit=50"),
    read("/api/runs?limit=50"),
    read("/api/comparisons?limit=50"),
    read("/api/contests?limit=50"),
    read("/api/results?status=RUNNING&limit=100"),
  ]);
  const benchmarks = await current(active.results);
  const now = benchmarks.map((it) => ({ kind: "benchmark", name: it.name, since: it.start_time, how: place(it.progress) }));
  const playing = runs.filter((run) => run.state === "running");
  now.push(...playing.map((run) => ({ kind: "run", name: run.name, since: run.started_at, how: `${shown(run.requests)} requests` })));
  table("now", [
    ["what", (row) => plain(row.kind)],
    ["name", (row) => plain(row.name)],
    ["since (UTC)", (row) => plain(moment(row.since))],
    ["how far", (row) => plain(row.how)],
  ], now, "nothing is played");
  table("results", [
    ["name", (row) => ({ text: row.name, link: `/api/benchmarks/${encodeURIComponent(row.id)}` })],
    ["client", (row) => plain(row.client_library)],
    ["method", (row) => plain(row.http_method)],
    ["started (UTC)", (row) => plain(moment(row.start_time))],
    ["status", (row) => plain(row.status, tone(row.status))],
    ["answers/s", (row) => figure(row.requests_per_second)],
    ["mean", (row) => figure(row.avg_response_time, " ms")],
    ["errors", (row) => figure(row.error_rate, " %")],
  ], results, "no results yet; POST /api/configurations and /api/benchmarks/run play one");
  table("contests", [
    ["name", (row) => ({ text: row.name, link: `/contests/${encodeURIComponent(row.id)}` })],
    ["target", (row) => plain(row.target)],
    ["started (UTC)", (row) => plain(moment(row.at))],
    ["validity", (row) => plain(row.validity)],
    ["requests", (row) => figure(row.requests)],
    ["clients", (row) => plain(row.clients.join(", "))],
  ], contests, "no contests yet; `dyno clients compare` plays one");
  table("runs", [
    ["name", (row) => ({ text: row.name, link: `/runs/${encodeURIComponent(row.id)}` })],
    ["target", (row) => plain(row.target)],
    ["started (UTC)", (row) => plain(moment(row.started_at))],
    ["verdict", (row) => plain(row.validity === "valid" ? row.verdict : `${row.verdict}, ${row.validity}`, tone(row.verdict))],
    ["requests", (row) => figure(row.requests)],
    ["ok/s", (row) => figure(row.throughput_per_s)],
    ["p99", (row) => figure(row.p99_ns / 1e6, " ms")],
  ], runs, "no runs yet; `dyno run` plays the tour");
  table("comparisons", [
    ["name", (row) => ({ text: row.name, link: `/comparisons/${encodeURIComponent(row.id)}` })],
    ["made (UTC)", (row) => plain(moment(row.at))],
    ["gate", (row) => plain(row.state, tone(row.state))],
    ["evidence", (row) => plain(row.evidence)],
    ["sides", (row) => plain(row.arms.map((arm) => `${arm.letter} ${arm.label}`).join(", "))],
  ], comparisons, "no comparisons yet; `dyno compare` makes one");
}

async function follow() {
  const state = document.getElementById("state");
  try {
    if (document.visibilityState === "visible") await draw();
    state.textContent = "up to date";
    state.className = "";
  } catch (error) {
    state.textContent = `not up to date: ${error.message}`;
    state.className = "bad";
  }
  setTimeout(follow, PAUSE_MS);
}

follow();
