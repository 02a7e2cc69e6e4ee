// Agents of node:http for the libraries that stand on it. Called by the workers of axios, got and node-fetch.

import http from "node:http";
import https from "node:https";

/** `{ http, https }`, or `undefined` when nothing was told and the library's own will do. */
export function agentsOf(setup) {
  if (!setup.isMatched && setup.pool === undefined && setup.keepAlive === undefined && Object.keys(setup.tls).length === 0) {
    return undefined;
  }
  const pool = { keepAlive: setup.keepAlive !== false };
  if (setup.pool) Object.assign(pool, { maxSockets: setup.pool, maxFreeSockets: setup.pool });
  return { http: new http.Agent(pool), https: new https.Agent({ ...pool, ...setup.tls }) };
}

export function closeAgents(agents) {
  agents?.http.destroy();
  agents?.https.destroy();
}
