// ky around the global fetch. Retries twice and throws for statuses by default; the second is off, as an answer is an answer.

import { library, versionOf, worker } from "../sdk.mjs";
import { needAllowed, redirectOf, renewPool } from "./_fetch-shape.mjs";

const ky = (await library("ky"))?.default;

function make(setup) {
  needAllowed(setup);
  setup.needPoolOfLanes("the pool of the global fetch cannot be given a size");
  renewPool();
  // The only switch that the global fetch knows; this process serves one client.
  if (setup.isTls) process.env.NODE_TLS_REJECT_UNAUTHORIZED = setup.verify === false ? "0" : "1";
  const client = ky.create({
    throwHttpErrors: false,
    ...redirectOf(setup),
    ...(setup.timeoutMs !== undefined && { timeout: setup.timeoutMs }),
    ...(setup.retries !== undefined && { retry: 0 }),
  });

  function prepare(request) {
    return [request.url, { method: request.method, headers: request.headers, body: request.body }];
  }

  async function call([url, request]) {
    const response = await client(url, request);
    return [response.status, await response.arrayBuffer()];
  }

  async function stream([url, request]) {
    const response = await client(url, request);
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

worker("ky", () => versionOf("ky"), make, {
  features: ["stream", "redirects", "tls_verify", "decode"],
  // It takes the field out of what it is told.
  lacks: ["keep_alive"],
});
