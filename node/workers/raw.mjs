// A raw socket of node:net, one per lane: prebuilt bytes out, the least reading of the answer that is right. The floor of
// the language, no client: follows nothing, decodes nothing.

import net from "node:net";
import tls from "node:tls";

import { STREAM_CHUNK_BYTES, worker } from "../sdk.mjs";

class Lane {
  #setup;
  #socket;
  #address;
  #waiting;
  #data;
  #head;

  constructor(setup) {
    this.#setup = setup;
  }

  prepare = (request) => {
    const url = new URL(request.url);
    const lines = [`${request.method} ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host}`];
    lines.push(...request.headers.map(([name, value]) => `${name}: ${value}`));
    if (request.body !== undefined || ["POST", "PUT", "PATCH"].includes(request.method)) {
      lines.push(`content-length: ${request.body?.length ?? 0}`);
    }
    const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
    const isTls = url.protocol === "https:";
    return {
      address: { host: url.hostname, port: Number(url.port || (isTls ? 443 : 80)), isTls },
      message: request.body ? Buffer.concat([head, request.body]) : head,
      isHeadOnly: request.method === "HEAD",
    };
  };

  call = async (argument) => {
    const { status, body } = await this.#ask(argument);
    return [status, body];
  };

  stream = async (argument) => {
    const { status, body, chunks } = await this.#ask(argument);
    return [status, body.length, chunks];
  };

  #ask({ address, message, isHeadOnly }) {
    return new Promise((resolve, reject) => {
      this.#data = [];
      this.#head = undefined;
      this.#waiting = { resolve, reject, isHeadOnly, chunks: 0 };
      if (this.#setup.timeoutMs !== undefined) {
        const timedOut = Object.assign(new Error("timed out"), { code: "ETIMEDOUT" });
        this.#waiting.timer = setTimeout(() => this.#drop(timedOut), this.#setup.timeoutMs);
      }
      if (this.#socket === undefined || this.#address !== address) this.#connect(address);
      this.#socket.write(message);
    });
  }

  #connect(address) {
    this.#socket?.destroy();
    const { host, port } = address;
    const socket = address.isTls
      ? tls.connect({ host, port, servername: net.isIP(host) ? "" : host, ...this.#setup.tls })
      : net.connect({ host, port, noDelay: true });
    socket.on("data", (data) => socket === this.#socket && this.#read(data));
    socket.on("error", (failure) => socket === this.#socket && this.#drop(failure));
    socket.on("end", () => socket === this.#socket && this.#ended());
    this.#socket = socket;
    this.#address = address;
  }

  #read(data) {
    if (this.#waiting === undefined) return;
    this.#waiting.chunks += Math.ceil(data.length / STREAM_CHUNK_BYTES);
    this.#data.push(data);
    try {
      this.#head ??= this.#readHead();
      const head = this.#head;
      if (head === undefined) return;
      const have = this.#data.reduce((sum, part) => sum + part.length, -head.bodyAt);
      if (head.isChunked) {
        const all = Buffer.concat(this.#data);
        const body = all.subarray(-5).toString("latin1") === "0\r\n\r\n" ? dechunked(all, head.bodyAt) : undefined;
        if (body !== undefined) this.#finish(body);
      } else if (have >= head.length) {
        this.#finish(this.#body());
      }
    } catch (failure) {
      this.#drop(failure);
    }
  }

  #body() {
    const all = this.#data.length === 1 ? this.#data[0] : Buffer.concat(this.#data);
    return all.subarray(this.#head.bodyAt);
  }

  #readHead() {
    const all = this.#data.length === 1 ? this.#data[0] : Buffer.concat(this.#data);
    const end = all.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first, ...lines] = all.toString("latin1", 0, end).toLowerCase().split("\r\n");
    const status = /^http\/1\.\d (\d{3})/.exec(first)?.[1];
    if (status === undefined) throw new Error(`the answer is not HTTP/1.1: it starts with ${JSON.stringify(first.slice(0, 40))}`);
    const fields = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2).map((it) => it.trim())));
    const isEmpty = this.#waiting.isHeadOnly || ["204", "304"].includes(status);
    return {
      status: Number(status),
      bodyAt: end + 4,
      isChunked: !isEmpty && (fields["transfer-encoding"] ?? "").includes("chunked"),
      length: isEmpty ? 0 : Number(fields["content-length"] ?? Infinity),
      isLast: (fields.connection ?? "").includes("close"),
    };
  }

  #finish(body) {
    const { resolve, chunks, timer } = this.#waiting;
    clearTimeout(timer);
    this.#waiting = undefined;
    if (this.#head.isLast) this.close();
    resolve({ status: this.#head.status, body, chunks });
  }

  #ended() {
    if (this.#waiting === undefined) return this.close();
    if (this.#head && !this.#head.isChunked && this.#head.length === Infinity) {
      this.#head.isLast = true;
      return this.#finish(this.#body());
    }
    const code = this.#data.length === 0 ? "ECONNRESET" : "PREMATURE_CLOSE";
    return this.#drop(Object.assign(new Error("the connection was closed before the end of the answer"), { code }));
  }

  #drop(failure) {
    this.close();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    clearTimeout(waiting?.timer);
    waiting?.reject(failure);
  }

  close() {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }
}

/** The body of chunks, or `undefined` while it is incomplete. */
function dechunked(all, bodyAt) {
  const parts = [];
  for (let at = bodyAt; ; ) {
    const lineEnd = all.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(all.toString("latin1", at, lineEnd), 16);
    if (size === 0) return Buffer.concat(parts);
    at = lineEnd + 2 + size + 2;
    if (Number.isNaN(size) || at > all.length) return undefined;
    parts.push(all.subarray(at - size - 2, at - 2));
  }
}

function make(setup) {
  setup.needPoolOfLanes("a connection belongs to each lane");
  const lanes = [];
  const lane = () => {
    lanes.push(new Lane(setup));
    return lanes.at(-1);
  };
  return { lane, close: () => lanes.forEach((it) => it.close()) };
}

worker("raw-node", process.versions.node, make, { features: ["stream", "tls_verify", "ca"] });
