// What a worker file needs: `library`, `worker`, and `setup.skip`. Node has one mode, `async`.
//
// A worker file imports its library by `library`, writes `make(setup)`, and ends in `worker(...)`. `make` returns a client:
//
//   call(argument)     resolves to [status, body as bytes]
//   stream(argument)   reads the body in chunks and resolves to [status, bytes, chunks]; optional. `readInChunks`
//                      does it for a stream of Node
//   prepare(request)   makes the argument of both from a Request, once per setup; without it they get the Request
//   lane()             makes the client of one lane, for connections that cannot be shared; optional
//   close()            ends it; optional
//
// docs/worker-protocol.md says what travels.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { readInChunks } from "./engine/chunks.mjs";
import { Alarm, nowNs } from "./engine/clock.mjs";
import { REDIRECTS, classify } from "./engine/failures.mjs";
import { Run, usage } from "./engine/run.mjs";
import { STREAM_CHUNK_BYTES, Setup, Skipped } from "./engine/settings.mjs";
import { Wire, readColumn } from "./engine/wire.mjs";

export { STREAM_CHUNK_BYTES, Skipped, readInChunks };

const PROTOCOL = [1, 1];
// Variables that libraries read behind their user's back, in case a worker is started by hand.
const LEAKS = /^(https?_proxy|all_proxy|no_proxy|ssl_cert_file|node_extra_ca_certs|node_tls_reject_unauthorized)$/i;

let importNs = 0;
let missing;
const versions = {};

/**
 * Imports the library and counts how long that took; with DYNO_NODE_MODULES set, from that folder.
 * When it cannot be imported, the worker still says hello and answers every setup with the reason.
 */
export async function library(name) {
  const begin = nowNs();
  try {
    const folder = process.env.DYNO_NODE_MODULES;
    return await import(folder ? entryOf(join(folder, name), name) : name);
  } catch (failure) {
    missing = `cannot import ${name}: ${failure.message}`;
    return undefined;
  } finally {
    importNs += nowNs() - begin;
  }
}

/** The imported version of a library of `library`, for those that do not tell their own. */
export function versionOf(name) {
  return versions[name] ?? "";
}

/** The file that `import` takes from a package's folder, by its manifest. */
function entryOf(folder, name) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  versions[name] = manifest.version;
  let entry = manifest.exports?.["."] ?? manifest.exports ?? manifest.module ?? manifest.main ?? "index.js";
  while (typeof entry === "object") {
    const condition = Object.keys(entry).find((it) => ["node", "import", "default"].includes(it));
    if (condition === undefined) throw new Error(`${folder} exports nothing for Node`);
    entry = entry[condition];
  }
  return pathToFileURL(join(folder, entry)).href;
}

/**
 * Plays the protocol until the host says `bye` or goes away.
 * `version` is a text or a function that is called when the library could be imported; `runtime` is the oldest Node that
 * the library runs on, such as `20.18.1`. Every worker is taken to know `timeout`, `retries`, `keep_alive` and `bytes`;
 * `lacks` names those it does not.
 */
export function worker(name, version, make, { features = [], lacks = [], http = ["1.1"], libs, runtime = "18" } = {}) {
  for (const variable of Object.keys(process.env)) if (LEAKS.test(variable)) delete process.env[variable];
  new Program({ name, version, make, features, lacks, http, libs, runtime }).serve();
}

class Program {
  #wire = new Wire();
  #alarm = new Alarm();
  #setup;
  #client;
  #plans;
  #schedule;
  #run;
  #playing;
  // One message after the other, except those that have to be answered at once.
  #last = Promise.resolve();

  constructor(options) {
    this.options = options;
    const usual = ["timeout", "retries", "keep_alive", "bytes"];
    this.features = [...usual.filter((it) => !options.lacks.includes(it)), ...options.features];
  }

  serve() {
    const { name, version, http, libs } = this.options;
    this.#wire.send("hello", {
      proto: PROTOCOL,
      name,
      version: missing ? "" : typeof version === "function" ? version() : version,
      lang: "node",
      runtime: `Node ${process.versions.node}`,
      pid: process.pid,
      modes: ["async"],
      http,
      features: this.features,
      libs: missing ? {} : (libs?.() ?? {}),
      import_ns: Math.round(importNs),
      clock: "monotonic",
      now: nowNs(),
    });
    this.#wire.listen(
      (message) => this.#hear(message),
      () => this.#hear({ t: "bye" }),
    );
  }

  #hear(message) {
    switch (message.t) {
      case "ping":
        return this.#wire.send("pong", { id: message.id, now: nowNs() });
      case "mark":
        return this.#wire.send("window", { id: message.id, ...(this.#run?.window() ?? { now: nowNs(), done: 0, ...usage() }) });
      case "stop":
        return this.#run?.stop();
      case "abort":
        return this.#run?.abort();
      case "setup":
      case "schedule":
      case "run":
      case "bye": {
        this.#last = this.#last.then(() => this[message.t](message)).catch((failure) => this.#error(message.t, failure));
        return undefined;
      }
      default:
        return undefined;
    }
  }

  #error(where, failure) {
    this.#wire.send("error", { where, msg: `${failure.name}: ${failure.message}` });
  }

  async setup(message) {
    await this.#close();
    this.#schedule = undefined;
    try {
      const { runtime, make } = this.options;
      if (compareVersions(process.versions.node, runtime) < 0) {
        throw new Skipped(`needs Node ≥ ${runtime}, this is ${process.versions.node}`);
      }
      if (missing) throw new Error(missing);
      const setup = new Setup(message);
      this.#refuse(setup);
      this.#client = await make(setup);
      this.#plans = await this.#plan(setup, this.#client);
      this.#setup = setup;
    } catch (failure) {
      await this.#close();
      if (failure instanceof Skipped) this.#wire.send("skipped", { reason: failure.message });
      else this.#error("setup", failure);
      return;
    }
    this.#wire.send("ready");
  }

  /** Skips what no worker of these features can do, so that worker files need not ask. */
  #refuse(setup) {
    const { name, http } = this.options;
    if (setup.mode !== "async") setup.skip("mode", `${name} has no ${setup.mode} interface`);
    if (setup.http && !http.includes(setup.http)) setup.skip("http", `${name} does not speak HTTP/${setup.http}`);
    const wanted = {
      stream: setup.requests.some((it) => it.isStream) && "requests.method",
      redirects: (setup.redirects ?? 0) > 0 && "redirects",
      decode: setup.decode && "decode",
      keep_alive: setup.keepAlive === false && "keep_alive",
      tls_verify: setup.isTls && setup.verify === false && "tls.verify",
      ca: setup.isTls && setup.verify !== false && setup.caPem && "tls.ca_pem",
    };
    for (const [feature, field] of Object.entries(wanted)) {
      if (field && !this.features.includes(feature)) setup.skip(field, `${name} cannot do this (${feature})`);
    }
    if (setup.keepAlive === false) setup.closeConnections();
  }

  /** For each lane: what to call with which argument for each request. */
  async #plan(setup, client) {
    const plan = (own) =>
      setup.requests.map((request) => {
        const call = request.isStream ? own.stream : own.call;
        if (call === undefined) setup.skip("requests.method", "this client cannot stream");
        const argument = own.prepare ? own.prepare(request) : request;
        return { call: setup.retries ? retrying(call, setup.retries) : call, argument };
      });
    if (client.lane === undefined) return Array(setup.lanes).fill(plan(client));
    return Array.from({ length: setup.lanes }, () => plan(client.lane()));
  }

  async schedule(message) {
    if (this.#setup === undefined) throw new Error("schedule came before a setup was answered with ready");
    const first = message.first_seq ?? 0;
    const at = readColumn(message.at, 8);
    const count = this.#setup.requests.length;
    const req = message.req ? readColumn(message.req, 4) : at.map((_, index) => (first + index) % count);
    if (first === 0) this.#schedule = { at: [], req: [] };
    const have = this.#schedule?.at.length ?? 0;
    if (first !== have) throw new Error(`schedule starts at seq ${first}, but ${have} are known; send the parts in order`);
    if (req.length !== at.length || req.some((it) => it >= count)) {
      throw new Error(`schedule has ${at.length} times and ${req.length} requests; each must be an index into requests`);
    }
    for (const it of at) this.#schedule.at.push(it);
    for (const it of req) this.#schedule.req.push(it);
    this.#alarm.prepare();
  }

  async run(message) {
    if (this.#plans === undefined) throw new Error("run came before a setup was answered with ready");
    if (this.#playing && !this.#run.isAborted) {
      throw new Error(`run ${message.run_id} came before run ${this.#run.message.run_id} was done`);
    }
    await this.#playing;
    const run = new Run(this.#setup, message, this.#schedule, this.#alarm);
    this.#schedule = undefined;
    this.#run = run;
    // Not waited for: `ping`, `mark` and a new setup come meanwhile.
    this.#playing = run
      .play(this.#wire, this.#plans)
      .catch((failure) => this.#error("run", failure))
      .finally(() => {
        this.#playing = undefined;
      });
  }

  async bye() {
    await this.#close();
    // Not before the pipe has taken it. Sockets of a library would keep the process alive.
    this.#wire.send("bye", {}, () => process.exit(0));
  }

  async #close() {
    if (this.#playing) {
      this.#run.abort();
      await this.#playing;
    }
    const client = this.#client;
    this.#run = this.#client = this.#plans = this.#setup = undefined;
    try {
      await client?.close?.();
    } catch (failure) {
      this.#wire.send("log", { level: "warn", msg: `closing the client failed: ${failure.message}` });
    }
  }
}

/** `call` again after failures without an answer, up to `retries` times; all of it is one request. */
function retrying(call, retries) {
  return async (argument) => {
    for (let left = retries; ; left--) {
      try {
        return await call(argument);
      } catch (failure) {
        if (left === 0 || classify(failure)[0] === REDIRECTS) throw failure;
      }
    }
  };
}

function compareVersions(one, other) {
  const [a, b] = [one, other].map((it) => it.split(".").map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = (a[part] ?? 0) - (b[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
