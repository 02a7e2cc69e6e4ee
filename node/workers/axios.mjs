// axios on node:http. Bodies come as a Buffer; no status is an error.

import { library, readInChunks, worker } from "../sdk.mjs";
import { agentsOf, closeAgents } from "./_agents.mjs";

const axios = (await library("axios"))?.default;

function make(setup) {
  const agents = agentsOf(setup);
  const options = {
    responseType: "arraybuffer",
    validateStatus: () => true,
    proxy: false,
    ...(agents && { httpAgent: agents.http, httpsAgent: agents.https }),
    ...(setup.timeoutMs !== undefined && { timeout: setup.timeoutMs }),
    ...(setup.redirects !== undefined && { maxRedirects: setup.redirects }),
    ...(setup.decode !== undefined && { decompress: setup.decode }),
  };
  const client = axios.create(options);
  if (setup.isMatched) client.defaults.headers = { common: {} };

  function prepare(request) {
    const headers = request.headerObject;
    // Otherwise it chooses one for a body.
    if (setup.isMatched && !request.hasHeader("content-type")) headers["content-type"] = false;
    return { method: request.method, url: request.url, headers, data: request.body };
  }

  async function call(argument) {
    const response = await client.request(argument);
    return [response.status, response.data];
  }

  async function stream(argument) {
    const response = await client.request({ ...argument, responseType: "stream" });
    return [response.status, ...(await readInChunks(response.data))];
  }

  return { call, stream, prepare, close: () => closeAgents(agents) };
}

worker("axios", () => axios.VERSION, make, { features: ["stream", "redirects", "tls_verify", "ca", "decode"] });
