// A worker whose client does nothing: what it costs is the cost of the measuring. For python/tests/overhead.py.

import { worker } from "../sdk.mjs";

const ANSWER = [200, Buffer.alloc(0)];

worker("idle", "1", () => ({ call: async () => ANSWER }));
