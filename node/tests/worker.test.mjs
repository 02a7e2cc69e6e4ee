// The loop of workers, as a host sees it: every message of docs/worker-protocol.md.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { column, readColumn } from "../engine/wire.mjs";
import { classify } from "../engine/failures.mjs";
import { Host, base64 } from "./host.mjs";

const SCRIPTED = fileURLToPath(new URL("scripted.mjs", import.meta.url));
const ask = (action, method = "GET", body = "") => ({ method, url: `x://${action}`, body_b64: base64(body), later: "ignored" });

describe("a worker", () => {
  let host;
  let hello;
  before(async () => {
    host = new Host(SCRIPTED);
    hello = await host.waitFor("hello");
  });
  after(() => host.close());

  const ready = async (requests, fields) => assert.equal((await host.setup(requests, fields)).t, "ready");
  const play = async (requests, run = { count: 10 }, fields = {}) => {
    await ready(requests, fields);
    return host.run(run);
  };
  const now = async () => {
    host.send("ping", { id: 1 });
    return (await host.waitFor("pong")).now;
  };

  it("says who it is", () => {
    assert.deepEqual([hello.proto, hello.name, hello.version, hello.lang], [[1, 1], "scripted", "1.2.3", "node"]);
    assert.deepEqual([hello.modes, hello.http, hello.pid], [["async"], ["1.1", "2"], host.process.pid]);
  });

  it("answers a ping with the monotonic clock", async () => {
    const earlier = Number(process.hrtime.bigint());
    const answered = await now();
    const later = Number(process.hrtime.bigint());
    // It is read through performance.now(), whose origin is known to a microsecond.
    assert.ok(earlier - 5e3 <= answered && answered <= later + 5e3, `${earlier} ${answered} ${later}`);
  });

  it("takes requests in turn in a closed loop", async () => {
    const { columns, done } = await play([ask("ok:5"), ask("ok:9", "POST", "abc")], { count: 101 });
    const rows = columns.seq.map((seq, row) => [seq, columns.rx[row], columns.tx[row]]).sort((a, b) => a[0] - b[0]);
    assert.deepEqual(rows, Array.from({ length: 101 }, (_, seq) => (seq % 2 ? [seq, 9, 3] : [seq, 5, 0])));
    assert.deepEqual([...new Set(columns.code)], [200]);
    assert.deepEqual([done.sent, done.count, done.run_id], [101, 101, 5]);
    assert.equal(done.wall, Math.max(...columns.start.map((start, row) => start + columns.dur[row])));
    assert.ok(Math.min(...columns.start) >= 0 && Math.min(...columns.dur) > 0);
    assert.ok(done.maxrss > 1e6 && done.utime + done.stime > 0);
  });

  it("ends by time", async () => {
    const { columns, done } = await play([ask("sleep:5")], { until_ns: 300e6, drain_ms: 5000 });
    assert.ok(Math.max(...columns.start) < 300e6);
    assert.equal(done.sent, done.count);
  });

  it("waits for each start of a schedule, which is for one run", async () => {
    await ready([ask("ok:1"), ask("ok:2")], { lanes: 4 });
    const due = Array.from({ length: 20 }, (_, n) => n * 3e6);
    host.send("schedule", { first_seq: 0, at: column(due.slice(0, 9), 8), req: column(Array(9).fill(1), 4) });
    host.send("schedule", { first_seq: 9, at: column(due.slice(9), 8), req: column(Array(11).fill(1), 4) });
    const { columns } = await host.run({ count: 20, start_at: (await now()) + 20e6 });
    assert.deepEqual([...new Set(columns.rx)], [2]);
    const late = columns.seq.map((seq, row) => columns.start[row] - due[seq]);
    assert.ok(late.length === 20 && Math.min(...late) >= 0, `${late}`);
    assert.deepEqual((await host.run({ count: 4 })).columns.rx.sort(), [1, 1, 2, 2]);
  });

  it("counts busy lanes instead of hiding them", async () => {
    await ready([ask("sleep:20")], { lanes: 1 });
    host.send("schedule", { at: column([0, 1e6, 2e6], 8) });
    const { columns, done } = await host.run({ count: 3, start_at: (await now()) + 10e6 });
    assert.equal(done.lanes_busy, 2);
    assert.ok(Math.max(...columns.start) > 38e6, `${columns.start}`);
  });

  it("gives failures a class and the library's word", async () => {
    for (const [code, kind] of [["ECONNREFUSED", 1], ["ETIMEDOUT", 3], ["EWHATEVER", 8]]) {
      const { columns, done } = await play([ask(`raise:${code}`)], { count: 4 });
      assert.deepEqual([columns.code, columns.err], [[0, 0, 0, 0], [kind, kind, kind, kind]]);
      assert.deepEqual(done.errors, { [code]: 4 });
    }
  });

  it("repeats within one request", async () => {
    assert.deepEqual((await play([ask("again")], { count: 2 }, { lanes: 1, retries: 1 })).done.errors, {});
  });

  it("pauses after each request", async () => {
    const { columns } = await play([ask("ok:0")], { count: 4 }, { lanes: 1, delay_ns: 5e6 });
    assert.ok(columns.start.every((start, row) => row === 0 || start - columns.start[row - 1] >= 5e6), `${columns.start}`);
  });

  it("reports no samples of a warm-up", async () => {
    const { columns, done } = await play([ask("ok:3")], { count: 8, record: false });
    assert.deepEqual([columns.seq.length, done.sent, done.count], [0, 8, 0]);
  });

  it("loses nothing when it flushes live", async () => {
    const { columns, done } = await play([ask("sleep:1")], { until_ns: 1.4e9, flush: "live" });
    assert.deepEqual(columns.seq.sort((a, b) => a - b), Array.from({ length: done.count }, (_, seq) => seq));
  });

  it("drains on stop and not on abort", async () => {
    for (const [word, finished] of [["stop", 2], ["abort", 0]]) {
      await ready([ask("sleep:1500")]);
      host.send("run", { run_id: 1, until_ns: 60e9, drain_ms: 5000 });
      while ((await host.waitFor("progress")).inflight < 2);
      host.send(word);
      const done = await host.waitFor("done");
      assert.deepEqual([done.sent, done.count], [2, finished], word);
    }
  });

  it("ends a drain", async () => {
    const { columns, done } = await play([ask("sleep:3000")], { until_ns: 500e6, drain_ms: 100 });
    assert.deepEqual([done.sent, columns.seq.length], [2, 0]);
  });

  it("cuts a window without stopping", async () => {
    await ready([ask("sleep:5")]);
    host.send("run", { run_id: 1, count: 400 });
    while ((await host.waitFor("progress")).done === 0);
    host.send("mark", { id: 9 });
    const window = await host.waitFor("window");
    assert.ok(window.id === 9 && window.done > 0 && window.done < 400 && "utime" in window, JSON.stringify(window));
    assert.equal((await host.waitFor("done")).count, 400);
  });

  it("is not broken by a library that prints", async () => {
    assert.equal((await play([ask("print")], { count: 3 })).done.count, 3);
  });

  it("reports chunks of a stream", async () => {
    const { columns } = await play([ask("x", "STREAM")], { count: 3 });
    assert.deepEqual([columns.chunks, columns.rx], [[3, 3, 3], [20_000, 20_000, 20_000]]);
  });

  it("skips by name what it cannot honour", async () => {
    const https = { url: "https://localhost/" };
    for (const [field, asked, fields] of [
      ["http", ask("ok"), { http: "3" }],
      ["mode", ask("ok"), { mode: "sync" }],
      ["redirects", ask("ok"), { redirects: 2 }],
      ["decode", ask("ok"), { decode: true }],
      ["tls.verify", https, { tls: { verify: false } }],
      ["tls.ca_pem", https, { tls: { ca_pem: "-" } }],
      ["keep_alive", ask("ok"), { http: "2", keep_alive: false }],
    ]) {
      const answer = await host.setup([asked], fields);
      assert.ok(answer.t === "skipped" && answer.reason.startsWith(`${field}: `), JSON.stringify(answer));
    }
  });

  it("says what is wrong with a setup or an order", async () => {
    for (const [words, asked, fields] of [
      [/lanes is 0; it must be a whole number from 1 to 10000/, ask("ok"), { lanes: 0 }],
      [/profile is "fast"/, ask("ok"), { profile: "fast" }],
      [/requests.url is "here"/, { url: "here" }, {}],
      [/cannot be made/, ask("broken"), {}],
    ]) {
      const answer = await host.setup([asked], fields);
      assert.equal(answer.t, "error");
      assert.match(answer.msg, words);
    }
    await assert.rejects(host.run({ count: 1 }), /run came before a setup/);
  });
});

describe("a worker ends", () => {
  for (const farewell of ["", '{"t":"bye"}\n', 'not json\n{"t":"whatever"}\n[1]\n']) {
    it(`by the end of its stdin after ${JSON.stringify(farewell)}`, async () => {
      const host = new Host(SCRIPTED);
      host.process.stdin.end(farewell);
      await host.waitFor("bye");
      assert.deepEqual(await host.ended, { code: 0, signal: null });
    });
  }

  it("at once by SIGTERM", async () => {
    const host = new Host(SCRIPTED);
    await host.waitFor("hello");
    host.process.kill("SIGTERM");
    assert.deepEqual(await host.ended, { code: null, signal: "SIGTERM" });
  });

  it("politely when its library or its runtime is missing", async () => {
    const file = fileURLToPath(new URL("../workers/got.mjs", import.meta.url));
    const missing = new Host(file, { DYNO_NODE_MODULES: "nowhere" });
    assert.equal((await missing.waitFor("hello")).version, "");
    assert.match((await missing.setup([ask("ok")])).msg, /cannot import got/);
    await missing.close();
    const old = new Host(SCRIPTED, { NEEDS: "99.1" });
    assert.match((await old.setup([ask("ok")])).reason, /^needs Node ≥ 99.1/);
    await old.close();
  });
});

describe("columns and failures", () => {
  it("survive a round trip", () => {
    for (const [width, values] of [[1, [0, 255]], [2, [0, 65_535]], [4, [0, 2 ** 32 - 1]], [8, [0, 1, 2 ** 32, 2 ** 53 - 1]]]) {
      assert.deepEqual(readColumn(column(values, width), width), values);
    }
    assert.equal(column([1, 258], 4), "AQAAAAIBAAA=");
    assert.throws(() => readColumn("AQA=", 4), /a column of 2 bytes/);
  });

  it("belong to a class", () => {
    const made = (fields) => Object.assign(new Error(fields.message), fields);
    for (const [failure, kind] of [
      [made({ message: "fetch failed", cause: made({ code: "ECONNREFUSED" }) }), 1],
      [made({ message: "fetch failed", cause: made({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" }) }), 2],
      [new DOMException("The operation was aborted due to timeout", "TimeoutError"), 3],
      [made({ code: "ECONNRESET" }), 4],
      [made({ code: "HPE_INVALID_CONSTANT" }), 5],
      [made({ message: "terminated", cause: made({ code: "UND_ERR_SOCKET" }) }), 6],
      [made({ code: "ERR_FR_TOO_MANY_REDIRECTS" }), 7],
      ["text", 8],
      [undefined, 8],
    ]) {
      assert.equal(classify(failure)[0], kind, String(failure?.code ?? failure));
    }
  });
});
