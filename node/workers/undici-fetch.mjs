// undici's fetch, with an agent of its own. Sends accept-language and sec-fetch-mode whatever it is told.

import { library, versionOf, worker } from "../sdk.mjs";
import { agentOf } from "./_undici-agent.mjs";
import { fetchClient, needAllowed, redirectOf } from "./_fetch-shape.mjs";

const undici = await library("undici");

function make(setup) {
  needAllowed(setup);
  const agent = agentOf(undici, setup);
  const client = fetchClient(undici.fetch, setup, { ...redirectOf(setup), ...(agent && { dispatcher: agent }) });
  return { ...client, close: () => agent?.destroy() };
}

worker("undici-fetch", () => versionOf("undici"), make, {
  features: ["stream", "redirects", "tls_verify", "ca", "decode"],
  http: ["1.1", "2"],
  runtime: "20.18.1",
});
