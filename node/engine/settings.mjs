// The `setup` message, read once. In `matched` every absent field gets the value of the protocol; in `defaults` an absent
// field is undefined and means that the library decides.

export const STREAM_CHUNK_BYTES = 8192;
const LANES_MAX = 10_000;

/** The library cannot do what was asked; the message starts with the field of `setup`. */
export class Skipped extends Error {}

/** One request of the setup. `method` is GET for a streamed one, `headers` an array of pairs. */
export class Request {
  constructor({ method = "GET", url, headers = [], body_b64 }) {
    if (typeof url !== "string" || !url.includes("://")) {
      throw new Error(`requests.url is ${JSON.stringify(url)}; it must be an absolute URL`);
    }
    this.isStream = method.toUpperCase() === "STREAM";
    this.method = this.isStream ? "GET" : method.toUpperCase();
    this.url = url;
    this.headers = headers.map(([name, value]) => [String(name), String(value)]);
    this.body = body_b64 ? Buffer.from(body_b64, "base64") : undefined;
  }

  hasHeader(name) {
    return this.headers.some(([known]) => known.toLowerCase() === name);
  }

  /** The headers for libraries that take one value per name: repeated names are joined by a comma. */
  get headerObject() {
    const joined = {};
    for (const [name, value] of this.headers) {
      const known = Object.keys(joined).find((it) => it.toLowerCase() === name.toLowerCase());
      joined[known ?? name] = known ? `${joined[known]}, ${value}` : value;
    }
    return joined;
  }
}

/** What a client is made from. */
export class Setup {
  constructor(message) {
    this.profile = message.profile ?? "matched";
    if (!["defaults", "matched"].includes(this.profile)) {
      throw new Error(`profile is ${JSON.stringify(this.profile)}; it must be \`defaults\` or \`matched\``);
    }
    this.isMatched = this.profile === "matched";
    this.mode = message.mode ?? "async";
    this.lanes = whole(message, "lanes", 1, LANES_MAX) ?? 1;
    this.timeoutMs = message.timeout_ms ?? undefined;
    this.delayNs = message.delay_ns ?? 0;
    const matched = this.isMatched
      ? { retries: 0, http: "1.1", verify: true, redirects: 0, decode: false, keepAlive: true, pool: this.lanes }
      : {};
    const told = (field, value) => value ?? matched[field];
    this.retries = told("retries", whole(message, "retries", 0, 1000));
    this.http = told("http", message.http);
    this.verify = told("verify", message.tls?.verify);
    this.caPem = message.tls?.ca_pem ?? undefined;
    this.redirects = told("redirects", whole(message, "redirects", 0, 1000));
    this.decode = told("decode", message.decode);
    this.keepAlive = told("keepAlive", message.keep_alive);
    this.pool = told("pool", whole(message, "pool", 1, LANES_MAX));
    this.seed = message.seed ?? 0;
    this.requests = (message.requests ?? []).map((it) => new Request(it));
    if (this.requests.length === 0) throw new Error("requests is empty; name at least one");
    if (this.isMatched) {
      this.#tell(["user-agent", "dyno"], ["accept", "*/*"], ["accept-encoding", this.decode ? "gzip" : "identity"]);
    } else if (this.decode === false) {
      this.#tell(["accept-encoding", "identity"]);
    }
  }

  get isTls() {
    return this.requests.some((it) => it.url.toLowerCase().startsWith("https:"));
  }

  /** Throws `Skipped`: this library cannot honour this field. */
  skip(field, why) {
    throw new Skipped(`${field}: ${why}`);
  }

  /** Skips a pool of another size than the lanes, for libraries that have no such choice. */
  needPoolOfLanes(why) {
    if (this.pool !== undefined && this.pool !== this.lanes) this.skip("pool", why);
  }

  /** Asks for one connection per request by the field that every HTTP/1.1 library and server knows. */
  closeConnections() {
    if (this.http === "2") this.skip("keep_alive", "over HTTP/2 a connection is not closed after each request");
    this.#tell(["connection", "close"]);
  }

  /** TLS options of `node:tls`; empty when nothing was told. */
  get tls() {
    const options = {};
    if (this.verify === false) options.rejectUnauthorized = false;
    if (this.caPem) options.ca = this.caPem;
    return options;
  }

  #tell(...headers) {
    for (const request of this.requests) {
      request.headers.push(...headers.filter(([name]) => !request.hasHeader(name)).map((it) => [...it]));
    }
  }
}

function whole(message, field, least, most) {
  const value = message[field] ?? undefined;
  if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
    throw new Error(`${field} is ${JSON.stringify(value)}; it must be a whole number from ${least} to ${most}`);
  }
  return value;
}
