// A scripted host for tests: starts a worker, sends messages, waits for answers.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { readColumn } from "../engine/wire.mjs";

const WIDTHS = { seq: 4, start: 8, dur: 8, code: 2, err: 1, rx: 4, tx: 4, chunks: 4 };
const ANSWER_MS = 20_000;

export class Host {
  #messages = [];
  #waiting = [];

  constructor(file, env = {}) {
    const { PATH, HOME } = process.env;
    this.process = spawn(process.execPath, [file], { env: { PATH, HOME, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.stderr = "";
    this.process.stderr.on("data", (text) => (this.stderr += text));
    this.ended = new Promise((resolve) => this.process.on("exit", (code, signal) => resolve({ code, signal })));
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      this.#messages.push(JSON.parse(line));
      this.#waiting.shift()?.();
    });
  }

  send(t, fields = {}) {
    this.process.stdin.write(`${JSON.stringify({ t, ...fields })}\n`);
  }

  /** The next message of one of these types; others are passed over. */
  async waitFor(...types) {
    for (;;) {
      if (this.#messages.length === 0) {
        await new Promise((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error(`no ${types} came; stderr: ${this.stderr}`)), ANSWER_MS);
          this.#waiting.push(() => resolve(clearTimeout(timer)));
        });
      }
      const message = this.#messages.shift();
      if (types.includes(message.t)) return message;
    }
  }

  async setup(requests, fields = {}) {
    this.send("setup", { mode: "async", lanes: 2, timeout_ms: 2000, requests, later: "ignored", ...fields });
    return this.waitFor("ready", "skipped", "error");
  }

  /** Columns and `done` of a run. */
  async run(fields) {
    this.send("run", { run_id: 5, ...fields });
    const columns = Object.fromEntries(Object.keys(WIDTHS).map((name) => [name, []]));
    for (;;) {
      const message = await this.waitFor("samples", "done", "error");
      if (message.t === "error") throw new Error(message.msg);
      if (message.t === "done") return { columns, done: message };
      for (const [name, width] of Object.entries(WIDTHS)) {
        if (message[name] !== undefined) columns[name].push(...readColumn(message[name], width));
      }
    }
  }

  async close() {
    this.send("bye");
    await this.ended;
  }
}

export function base64(text) {
  return Buffer.from(text).toString("base64");
}
