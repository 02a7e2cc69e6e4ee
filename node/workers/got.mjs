// got on node:http. Retries twice by default; over HTTP/2 it decides by what the server offers.

import { library, readInChunks, versionOf, worker } from "../sdk.mjs";
import { agentsOf, closeAgents } from "./_agents.mjs";

const got = (await library("got"))?.default;

function make(setup) {
  const agents = agentsOf(setup);
  const options = {
    responseType: "buffer",
    throwHttpErrors: false,
    ...(agents && { agent: agents }),
    ...(setup.timeoutMs !== undefined && { timeout: { request: setup.timeoutMs } }),
    ...(setup.retries !== undefined && { retry: { limit: 0 } }),
    ...(setup.redirects !== undefined && { followRedirect: setup.redirects > 0, maxRedirects: setup.redirects }),
    ...(setup.decode !== undefined && { decompress: setup.decode }),
    ...(setup.verify === false && { https: { rejectUnauthorized: false } }),
    ...(setup.caPem && setup.verify !== false && { https: { certificateAuthority: setup.caPem } }),
  };
  const client = got.extend(options);

  function prepare(request) {
    const { method, headerObject: headers, body } = request;
    // Without a body, allowing one makes a stream wait for it.
    return [request.url, body ? { method, headers, body, allowGetBody: true } : { method, headers }];
  }

  async function call([url, request]) {
    const response = await client(url, request);
    return [response.statusCode, response.body];
  }

  async function stream([url, request]) {
    const body = client.stream(url, request);
    let status = 0;
    body.on("response", (response) => {
      status = response.statusCode;
    });
    const read = await readInChunks(body);
    return [status, ...read];
  }

  return { call, stream, prepare, close: () => closeAgents(agents) };
}

worker("got", () => versionOf("got"), make, {
  features: ["stream", "redirects", "tls_verify", "ca", "decode"],
  runtime: "20",
});
