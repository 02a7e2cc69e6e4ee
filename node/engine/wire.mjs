// Lines of JSON between worker and host, and the base64 columns inside of them. Knows no message by name.

export const ROWS_MAX = 50_000;
const U32 = 2 ** 32;

/** The two ends of a worker's conversation. Making one sends everything that prints to stderr. */
export class Wire {
  #write = process.stdout.write.bind(process.stdout);

  constructor() {
    process.stdout.write = process.stderr.write.bind(process.stderr);
    // A host that has gone away ends the worker, as the end of its stdin would.
    process.stdout.on("error", () => process.exit(0));
  }

  send(t, fields = {}, then) {
    this.#write(`${JSON.stringify({ t, ...fields })}\n`, then);
  }

  /** Calls `onMessage` for every message of the host and `onEnd` when it closes the pipe. */
  listen(onMessage, onEnd) {
    let rest = "";
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        let message;
        try {
          message = JSON.parse(line);
        } catch {
          this.send("log", { level: "warn", msg: `not JSON, ignored: ${line.slice(0, 80)}` });
          continue;
        }
        if (message !== null && typeof message === "object" && typeof message.t === "string") onMessage(message);
      }
    });
    process.stdin.on("end", onEnd);
  }
}

/** Whole numbers as base64 of a little-endian array with items of `width` bytes (1, 2, 4 or 8). */
export function column(values, width) {
  const bytes = Buffer.allocUnsafe(values.length * width);
  values.forEach((value, index) => {
    if (width === 8) {
      bytes.writeUInt32LE(value % U32, index * 8);
      bytes.writeUInt32LE(Math.floor(value / U32), index * 8 + 4);
    } else {
      bytes.writeUIntLE(Math.min(value, 2 ** (8 * width) - 1), index * width, width);
    }
  });
  return bytes.toString("base64");
}

/** The numbers of a base64 column. Throws when its length is no multiple of the width. */
export function readColumn(text, width) {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % width !== 0) throw new Error(`a column of ${bytes.length} bytes is not made of items of ${width}`);
  const read = (at) => (width === 8 ? bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * U32 : bytes.readUIntLE(at, width));
  return Array.from({ length: bytes.length / width }, (_, index) => read(index * width));
}
