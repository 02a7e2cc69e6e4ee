// The global fetch. Its pool is built in: no size, no certificate authority, no version of HTTP can be chosen.
// It sends accept-language and sec-fetch-mode whatever it is told.

import { worker } from "../sdk.mjs";
import { fetchClient, needAllowed, redirectOf, renewPool } from "./_fetch-shape.mjs";

function make(setup) {
  needAllowed(setup);
  setup.needPoolOfLanes("the pool of the global fetch cannot be given a size");
  renewPool();
  // The only switch that it knows; this process serves one client.
  if (setup.isTls) process.env.NODE_TLS_REJECT_UNAUTHORIZED = setup.verify === false ? "0" : "1";
  return fetchClient(fetch, setup, redirectOf(setup));
}

worker("fetch", process.versions.node, make, {
  features: ["stream", "redirects", "tls_verify", "decode"],
  // It takes the field out of what it is told.
  lacks: ["keep_alive"],
  libs: () => ({ undici: process.versions.undici }),
});
