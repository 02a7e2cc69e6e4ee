// Clients with the interface of fetch: the global one, undici's, node-fetch. Called by their worker files.

import { readInChunks } from "../sdk.mjs";

/** `call`, `stream` and `prepare` around a `fetch`; `options` go to every call. */
export function fetchClient(fetch, setup, options = {}) {
  const { timeoutMs } = setup;
  const told = () => (timeoutMs === undefined ? options : { ...options, signal: AbortSignal.timeout(timeoutMs) });

  function prepare(request) {
    return [request.url, { method: request.method, headers: request.headers, body: request.body }];
  }

  async function call([url, request]) {
    const response = await fetch(url, { ...request, ...told() });
    return [response.status, await response.arrayBuffer()];
  }

  async function stream([url, request]) {
    const response = await fetch(url, { ...request, ...told() });
    // node-fetch gives a stream of Node, the others one of the web, whose chunks have the size in which they come.
    if (typeof response.body?.read === "function") return [response.status, ...(await readInChunks(response.body))];
    let received = 0;
    let chunks = 0;
    for await (const chunk of response.body ?? []) {
      received += chunk.length;
      chunks += 1;
    }
    return [response.status, received, chunks];
  }

  return { call, stream, prepare };
}

/** Skips what the Fetch standard forbids: three methods, and bodies that GET and HEAD would have. */
export function needAllowed(setup, forbidden = ["CONNECT", "TRACE", "TRACK"]) {
  for (const { method, body } of setup.requests) {
    if (forbidden.includes(method)) setup.skip("requests.method", `fetch refuses ${method}`);
    if (body !== undefined && ["GET", "HEAD"].includes(method)) setup.skip("requests.body_b64", `fetch sends no body with ${method}`);
  }
}

/** `redirect` of the Fetch standard, which follows 20 or none. */
export function redirectOf(setup) {
  if (setup.redirects === undefined) return {};
  if (setup.redirects > 0 && setup.redirects !== 20) setup.skip("redirects", "fetch follows up to 20 or none, no other number");
  return { redirect: setup.redirects === 0 ? "manual" : "follow" };
}

/** A new pool for the global fetch, which keeps its connections over all clients of this process: also unverified ones. */
export function renewPool() {
  // Where Node keeps it; there is none before the first request.
  const place = Symbol.for("undici.globalDispatcher.1");
  const old = globalThis[place];
  if (old === undefined) return;
  globalThis[place] = new old.constructor();
  old.destroy();
}
