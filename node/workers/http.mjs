// node:http and node:https with an agent that keeps connections: the floor of a client in Node.

import http from "node:http";
import https from "node:https";

import { readInChunks, worker } from "../sdk.mjs";

function make(setup) {
  // In defaults the global agent is the library as it comes: since Node 19 it keeps connections, without a limit. Those that
  // it has kept before are not for a client that is to open one for each request.
  const isOwn =
    setup.isMatched || setup.pool !== undefined || setup.keepAlive === false || setup.caPem || setup.verify === false;
  const pool = { keepAlive: setup.keepAlive !== false, ...(setup.pool && { maxSockets: setup.pool, maxFreeSockets: setup.pool }) };
  const agents = isOwn
    ? { "http:": new http.Agent(pool), "https:": new https.Agent({ ...pool, ...setup.tls }) }
    : { "http:": http.globalAgent, "https:": https.globalAgent };

  function prepare(request) {
    const url = new URL(request.url);
    const headers = request.headers.flat();
    // Flat headers are sent as they are: Host and the length are up to the caller.
    if (!request.hasHeader("host")) headers.unshift("host", url.host);
    // Without a length, Node would send the end of a chunked body with every method that it does not know to have none.
    const hasNone = ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"].includes(request.method);
    if ((request.body !== undefined || !hasNone) && !request.hasHeader("content-length")) {
      headers.push("content-length", String(request.body?.length ?? 0));
    }
    const options = {
      method: request.method,
      hostname: url.hostname,
      port: url.port,
      path: url.pathname + url.search,
      agent: agents[url.protocol],
      headers,
      timeout: setup.timeoutMs,
    };
    return { module: url.protocol === "https:" ? https : http, options, body: request.body };
  }

  function ask({ module, options, body }, onAnswer) {
    return new Promise((resolve, reject) => {
      const request = module.request(options, (response) => onAnswer(response, resolve, reject));
      request.on("error", reject);
      request.on("timeout", () => request.destroy(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" })));
      request.end(body);
    });
  }

  const call = (argument) =>
    ask(argument, (response, resolve, reject) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve([response.statusCode, parts.length === 1 ? parts[0] : Buffer.concat(parts)]));
      response.on("error", reject);
    });

  const stream = (argument) =>
    ask(argument, (response, resolve, reject) => {
      readInChunks(response).then((read) => resolve([response.statusCode, ...read]), reject);
    });

  const close = () => isOwn && Object.values(agents).forEach((agent) => agent.destroy());
  return { call, stream, prepare, close };
}

worker("http", process.versions.node, make, { features: ["stream", "tls_verify", "ca"] });
