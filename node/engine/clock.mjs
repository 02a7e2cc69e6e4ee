// The monotonic clock in nanoseconds, and waking up near a moment of it.

import { Worker } from "node:worker_threads";

// performance.now() is several times cheaper than hrtime.bigint() and as fine; both read the same clock.
const ORIGIN_NS = originNs();

/** The monotonic clock at the origin of performance.now(), by the tightest of some readings of both. */
function originNs() {
  let best = { gap: Infinity, origin: 0 };
  for (let reading = 0; reading < 32; reading++) {
    const before = performance.now();
    const now = Number(process.hrtime.bigint());
    const after = performance.now();
    if (after - before < best.gap) best = { gap: after - before, origin: now - ((before + after) / 2) * 1e6 };
  }
  return best.origin;
}

/** Nanoseconds of CLOCK_MONOTONIC; exact to a microsecond. */
export function nowNs() {
  return atNs(performance.now());
}

/** A reading of performance.now() in nanoseconds of CLOCK_MONOTONIC. */
export function atNs(ms) {
  return Math.round(ORIGIN_NS + ms * 1e6);
}

// A timer of Node is late by a millisecond. A thread that sleeps on a futex is late by some microseconds, and wakes the
// event loop with a message.
const SLEEPER = `
const { parentPort, workerData } = require("node:worker_threads");
parentPort.on("message", (ms) => {
  if (ms > 0) Atomics.wait(workerData, 0, 0, ms);
  parentPort.postMessage(0);
});`;

/** Wakes waiters at their moments. Waiters come in the order of their moments, as lanes do that pull a schedule. */
export class Alarm {
  #thread = null;
  #queue = [];
  #isAsleep = false;
  #isReady = false;

  /** Starts its thread, which takes some tens of milliseconds; until then waiters use the timers of Node. */
  prepare() {
    this.#thread ??= this.#start();
  }

  /** Resolves when the clock has reached `dueNs`, or somewhat earlier. */
  until(dueNs) {
    if (!this.#isReady) return nap((dueNs - nowNs()) / 1e6);
    return new Promise((resolve) => {
      this.#queue.push({ dueNs, resolve });
      this.#sleep();
    });
  }

  #sleep() {
    if (this.#isAsleep || this.#queue.length === 0) return;
    this.#isAsleep = true;
    this.#thread.postMessage((this.#queue[0].dueNs - nowNs()) / 1e6);
  }

  #start() {
    const thread = new Worker(SLEEPER, { eval: true, workerData: new Int32Array(new SharedArrayBuffer(4)) });
    thread.unref();
    thread.on("online", () => {
      this.#isReady = true;
    });
    thread.on("message", () => {
      this.#isAsleep = false;
      const now = nowNs();
      while (this.#queue.length > 0 && this.#queue[0].dueNs <= now) this.#queue.shift().resolve();
      this.#sleep();
    });
    return thread;
  }

  /** Lets everybody go who waits. */
  release() {
    for (const { resolve } of this.#queue.splice(0)) resolve();
  }
}

/** Sleeps to within a timer's millisecond, spins for the rest; cut so that `stop` is noticed. */
export function nap(ms) {
  return new Promise((resolve) => {
    if (ms > 1) setTimeout(resolve, Math.min(Math.floor(ms), 50));
    else setImmediate(resolve);
  });
}
