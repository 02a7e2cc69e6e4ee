// A streamed body in chunks of the size that the protocol names, counted. For libraries that give a stream of Node.

import { STREAM_CHUNK_BYTES } from "./settings.mjs";

/** Reads it to its end: `[bytes, chunks]`. All chunks but the last are of 8,192 bytes. */
export function readInChunks(stream) {
  return new Promise((resolve, reject) => {
    let received = 0;
    let chunks = 0;
    stream.on("readable", () => {
      // Fewer than asked for are given at the end only; until then `null` means that more has to come.
      for (let chunk = stream.read(STREAM_CHUNK_BYTES); chunk !== null; chunk = stream.read(STREAM_CHUNK_BYTES)) {
        received += chunk.length;
        chunks += 1;
      }
    });
    stream.on("end", () => resolve([received, chunks]));
    stream.on("error", reject);
    stream.on("close", () => stream.readableEnded || reject(Object.assign(new Error("premature close"), { code: "PREMATURE_CLOSE" })));
  });
}
