// The agent of undici as a setup asks for it. Called by the two workers on undici.

/** An agent, or `undefined` when nothing was told and the library's own will do. */
export function agentOf(undici, setup) {
  if (setup.http === "2" && !setup.isTls) setup.skip("http", "undici speaks HTTP/2 over TLS only");
  const options = {};
  if (setup.pool) options.connections = setup.http === "2" ? 1 : setup.pool;
  if (setup.keepAlive === false) options.pipelining = 0;
  if (setup.http) options.allowH2 = setup.http === "2";
  if (setup.http === "2") options.maxConcurrentStreams = setup.lanes;
  const connect = { ...setup.tls };
  if (setup.timeoutMs !== undefined) {
    Object.assign(options, { headersTimeout: setup.timeoutMs, bodyTimeout: setup.timeoutMs });
    connect.timeout = setup.timeoutMs;
  }
  if (Object.keys(connect).length > 0) options.connect = connect;
  return Object.keys(options).length > 0 ? new undici.Agent(options) : undefined;
}
