// node-fetch on node:http: the interface of fetch, the connections of an agent.

import { library, versionOf, worker } from "../sdk.mjs";
import { agentsOf, closeAgents } from "./_agents.mjs";
import { fetchClient, needAllowed } from "./_fetch-shape.mjs";

const fetch = (await library("node-fetch"))?.default;

function make(setup) {
  // It knows no forbidden methods.
  needAllowed(setup, []);
  const agents = agentsOf(setup);
  const options = {
    ...(agents && { agent: (url) => (url.protocol === "https:" ? agents.https : agents.http) }),
    ...(setup.redirects !== undefined && { redirect: setup.redirects > 0 ? "follow" : "manual", follow: setup.redirects }),
    ...(setup.decode !== undefined && { compress: setup.decode }),
  };
  return { ...fetchClient(fetch, setup, options), close: () => closeAgents(agents) };
}

worker("node-fetch", () => versionOf("node-fetch"), make, {
  features: ["stream", "redirects", "tls_verify", "ca", "decode"],
});
