// undici's request: its fastest interface. Decodes nothing.

import { library, versionOf, worker } from "../sdk.mjs";
import { agentOf } from "./_undici-agent.mjs";

const undici = await library("undici");

function make(setup) {
  const agent = agentOf(undici, setup);
  let dispatcher = agent;
  if (setup.redirects) {
    const redirect = undici.interceptors.redirect({ maxRedirections: setup.redirects });
    dispatcher = (agent ?? undici.getGlobalDispatcher()).compose(redirect);
  }

  function prepare(request) {
    const options = { method: request.method, headers: request.headers.flat(), body: request.body, throwOnMaxRedirect: true };
    return [request.url, dispatcher ? { ...options, dispatcher } : options];
  }

  async function call([url, options]) {
    const { statusCode, body } = await undici.request(url, options);
    return [statusCode, await body.arrayBuffer()];
  }

  async function stream([url, options]) {
    const { statusCode, body } = await undici.request(url, options);
    let received = 0;
    let chunks = 0;
    for await (const chunk of body) {
      received += chunk.length;
      chunks += 1;
    }
    return [statusCode, received, chunks];
  }

  return { call, stream, prepare, close: () => agent?.destroy() };
}

worker("undici", () => versionOf("undici"), make, {
  features: ["stream", "redirects", "tls_verify", "ca"],
  http: ["1.1", "2"],
  runtime: "20.18.1",
});
