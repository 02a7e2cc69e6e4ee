// A worker whose client does what the URL says, without a network: for tests of the SDK.

import { setTimeout as sleep } from "node:timers/promises";

import { worker } from "../sdk.mjs";

function make(setup) {
  if (setup.requests.some((it) => it.url.includes("broken"))) throw new Error("cannot be made");
  let tries = 0;
  return {
    async call({ url }) {
      const [action, value] = url.split("://")[1].split(":");
      if (action === "sleep") await sleep(Number(value));
      if (action === "raise") throw Object.assign(new Error("told to"), { code: value });
      if (action === "again" && tries++ === 0) throw Object.assign(new Error("the first try"), { code: "ECONNRESET" });
      if (action === "print") console.log('{"t":"done","wall":1}');
      if (action === "exit") process.abort();
      return [200, Buffer.alloc(action === "ok" ? Number(value) : 0)];
    },
    stream: async () => [200, 20_000, 3],
  };
}

worker("scripted", "1.2.3", make, { features: ["stream"], http: ["1.1", "2"], runtime: process.env.NEEDS ?? "18" });
