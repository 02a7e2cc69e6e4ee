// undici's request: its fastest interface. Decodes nothing.

import { library, readInChunks, versionOf, worker } from "../sdk.mjs";
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
    const options = { method: request.method, headers: request.headers.flat(), body: request.body };
    return [request.url, dispatcher ? { ...options, dispatcher } : options];
  }

  // Its own `throwOnMaxRedirect` throws at the answer behind the last allowed redirect as well, whatever that is.
  async function ask(url, options) {
    const answer = await undici.request(url, options);
    if (setup.redirects && answer.statusCode >= 300 && answer.statusCode < 400 && answer.headers.location !== undefined) {
      await answer.body.dump();
      throw Object.assign(new Error("more redirects than allowed"), { code: "TOO_MANY_REDIRECTS" });
    }
    return answer;
  }

  async function call([url, options]) {
    const { statusCode, body } = await ask(url, options);
    return [statusCode, await body.arrayBuffer()];
  }

  async function stream([url, options]) {
    const { statusCode, body } = await ask(url, options);
    return [statusCode, ...(await readInChunks(body))];
  }

  return { call, stream, prepare, close: () => agent?.destroy() };
}

worker("undici", () => versionOf("undici"), make, {
  features: ["stream", "redirects", "tls_verify", "ca"],
  http: ["1.1", "2"],
  runtime: "20.18.1",
});
