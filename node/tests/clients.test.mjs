// The workers that need no package, on the wire; the others are held to the same by python/tests/contenders.py.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createSilent } from "node:net";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { Host } from "./host.mjs";

const BODY = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 256));

for (const name of ["http", "fetch", "raw"]) {
  describe(name, () => {
    let host;
    let server;
    let url;
    let seen;
    let sockets;
    before(async () => {
      server = createServer((request, response) => {
        const parts = [];
        request.on("data", (part) => parts.push(part));
        request.on("end", () => {
          seen.push({ head: request.rawHeaders, method: request.method, body: Buffer.concat(parts) });
          if (request.url === "/close") return request.socket.destroy();
          response.statusCode = request.url === "/500" ? 500 : 200;
          return response.end(request.url === "/long" ? Buffer.alloc(50_000) : Buffer.concat(parts));
        });
      });
      server.on("connection", () => sockets++);
      server.keepAliveTimeout = 60_000;
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      url = `http://127.0.0.1:${server.address().port}`;
      host = new Host(fileURLToPath(new URL(`../workers/${name}.mjs`, import.meta.url)));
    });
    after(async () => {
      await host.close();
      server.closeAllConnections();
      server.close();
    });

    async function play(path, count = 6, request = {}, fields = {}) {
      seen = [];
      sockets = 0;
      const answer = await host.setup([{ url: path.includes("://") ? path : url + path, ...request }], fields);
      assert.equal(answer.t, "ready", JSON.stringify(answer));
      return host.run({ count });
    }

    it("plays every method, or skips it by name", async () => {
      for (const [field, request] of [
        ["requests.method", { method: "TRACE" }],
        ["requests.body_b64", { method: "GET", body_b64: "YQ==" }],
      ]) {
        const answer = await host.setup([{ url: `${url}/`, ...request }]);
        if (name !== "fetch") assert.equal(answer.t, "ready", JSON.stringify(answer));
        else assert.ok(answer.t === "skipped" && answer.reason.startsWith(`${field}: fetch `), JSON.stringify(answer));
      }
    });

    it("sends body and headers byte for byte", async () => {
      const headers = [["X-One", "a b"], ["content-type", "application/x-test"]];
      const { columns } = await play("/a?b=c", 4, { method: "POST", headers, body_b64: BODY.toString("base64") });
      assert.deepEqual([columns.code, columns.rx], [Array(4).fill(200), Array(4).fill(BODY.length)]);
      for (const { head, method, body } of seen) {
        assert.ok(body.equals(BODY) && method === "POST");
        const fields = head.map((it, index) => (index % 2 ? it : it.toLowerCase()));
        for (const [field, value] of [...headers, ["user-agent", "dyno"], ["accept-encoding", "identity"], ["content-length", "10000"]]) {
          assert.equal(fields[fields.indexOf(field.toLowerCase()) + 1], value, field);
        }
      }
    });

    it("keeps connections, unless told otherwise", async () => {
      await play("/", 20);
      assert.ok(sockets <= 4, `${sockets}`);
      if (name === "fetch") {
        assert.match((await host.setup([{ url }], { keep_alive: false })).reason, /^keep_alive: /);
      } else {
        await play("/", 20, {}, { keep_alive: false });
        assert.equal(sockets, 20);
      }
    });

    it("tells failures apart", async () => {
      const silent = createSilent((socket) => socket.on("error", () => undefined).resume());
      await new Promise((resolve) => silent.listen(0, "127.0.0.1", resolve));
      const { port } = silent.address();
      const waiting = await play(`http://127.0.0.1:${port}/`, 2, {}, { timeout_ms: 150 });
      assert.deepEqual([waiting.columns.code, waiting.columns.err], [[0, 0], [3, 3]]);
      await host.setup([{ url }]);
      await new Promise((resolve) => silent.close(resolve));
      assert.deepEqual((await play(`http://127.0.0.1:${port}/`, 2)).columns.err, [1, 1]);
      assert.deepEqual((await play("/close", 2)).columns.err, [4, 4]);
      const refused = await play("/500", 2);
      assert.deepEqual([refused.columns.code, refused.columns.err], [[500, 500], [0, 0]]);
    });

    it("reads a stream in chunks", async () => {
      const { columns } = await play("/long", 2, { method: "STREAM" });
      assert.deepEqual(columns.rx, [50_000, 50_000]);
      assert.ok(Math.min(...columns.chunks) >= 1);
    });
  });
}
