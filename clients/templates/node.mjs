// A worker for one client library. `dyno clients check FILE` says whether it keeps the protocol's rules.
//
// As it stands it measures the global fetch. Replace what stands in `make`.

// The host says where the SDK is; by hand, it is the package `dynamometer` of the folder node/ of the repository.
const { library, versionOf, worker } = await import(process.env.DYNO_SDK ?? "dynamometer");

// Imports the library and counts how long that takes:
//   const got = (await library("got"))?.default;
// and below its version: () => versionOf("got").
void library, versionOf;

// Makes the client, once for all lanes. A field of `setup` that is undefined was not told: leave it to the library. What
// the library cannot do is refused by name: setup.skip("http", "this library speaks HTTP/1.1 only"). What `features`
// below does not list is refused for you.
function make(setup) {
  const options = () => (setup.timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(setup.timeoutMs) });
  const redirect = setup.redirects === 0 ? { redirect: "manual" } : {};

  return {
    // Once per request of the setup, outside of the time that counts.
    prepare({ method, url, headers, body }) {
      return [url, { method, headers, body, ...redirect }];
    },

    // What is timed: from here to the status and the whole body as bytes. Throw when there is no answer.
    async call([url, request]) {
      const response = await fetch(url, { ...request, ...options() });
      return [response.status, await response.arrayBuffer()];
    },

    // The same in chunks: status, bytes, number of chunks.
    async stream([url, request]) {
      const response = await fetch(url, { ...request, ...options() });
      let received = 0;
      let chunks = 0;
      for await (const chunk of response.body ?? []) {
        received += chunk.length;
        chunks += 1;
      }
      return [response.status, received, chunks];
    },

    // For connections that lanes cannot share, give `lane()` instead, which makes the client of one lane.
    close() {},
  };
}

// features: stream, redirects, tls_verify, ca, decode. Timeout, retries and keep_alive are taken for granted; `lacks`
// names those of them that the library cannot do.
worker("my-client", process.versions.node, make, { features: ["stream", "decode"], lacks: ["keep_alive"] });
