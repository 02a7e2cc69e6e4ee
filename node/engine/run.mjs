// One run: its lanes, its samples, and what is told of it. Lanes pull; nobody dispatches.

import { atNs, nap, nowNs } from "./clock.mjs";
import { classify } from "./failures.mjs";
import { ROWS_MAX, column } from "./wire.mjs";

const PROGRESS_MS = 250;
const LIVE_FLUSH_NS = 1e9;
const WIDTHS = { seq: 4, start: 8, dur: 8, code: 2, err: 1, rx: 4, tx: 4, chunks: 4 };

/** What the process used so far, in the protocol's units. */
export function usage() {
  const used = process.resourceUsage();
  return {
    utime: used.userCPUTime * 1000,
    stime: used.systemCPUTime * 1000,
    maxrss: used.maxRSS * 1024,
    minflt: used.minorPageFault,
    nvcsw: used.voluntaryContextSwitches,
    nivcsw: used.involuntaryContextSwitches,
  };
}

function usedSince(before) {
  return Object.fromEntries(
    Object.entries(usage()).map(([name, value]) => [name, name === "maxrss" ? value : value - before[name]]),
  );
}

export class Run {
  #used = usage();
  #taken = 0;
  #sent = 0;
  #flushed = 0;
  #failed = 0;
  #errors = {};
  #busy = 0;
  #late = 0;
  #end = 0;
  #drained;
  #endDrain;

  constructor(setup, message, schedule, alarm) {
    if (message.count == null && message.until_ns == null) {
      throw new Error("run has neither `count` nor `until_ns`; give one of them");
    }
    this.setup = setup;
    this.message = message;
    this.alarm = alarm;
    this.at = schedule?.at;
    this.req = schedule?.req;
    this.startAt = message.start_at ?? nowNs();
    this.until = message.until_ns == null ? Infinity : this.startAt + message.until_ns;
    this.limit = Math.min(message.count ?? Infinity, this.at?.length ?? Infinity);
    this.isOver = false;
    this.isAborted = false;
    this.rows = { seq: [], start: [], dur: [], code: [], err: [], rx: [], tx: [] };
    if (setup.requests.some((it) => it.isStream)) this.rows.chunks = [];
    this.#drained = new Promise((resolve) => {
      this.#endDrain = resolve;
    });
  }

  /** Plays all lanes, tells progress meanwhile, then sends samples and `done`. */
  async play(wire, plans) {
    let flushAt = this.startAt + LIVE_FLUSH_NS;
    const timer = setInterval(() => {
      this.#tellProgress(wire);
      const now = nowNs();
      if (now >= this.until && !this.isOver) this.stop();
      if (this.message.flush === "live" && now >= flushAt) {
        flushAt = now + LIVE_FLUSH_NS;
        this.#flush(wire);
      }
    }, PROGRESS_MS);
    await Promise.race([Promise.all(plans.map((plan) => this.#lane(plan))), this.#drained]);
    clearInterval(timer);
    const used = usedSince(this.#used);
    this.isOver = this.isAborted = true;
    this.#tellProgress(wire);
    this.#flush(wire);
    wire.send("done", {
      run_id: this.message.run_id ?? 0,
      wall: this.#end,
      sent: this.#sent,
      count: this.message.record === false ? 0 : this.#flushed,
      errors: this.#errors,
      lanes_busy: this.#busy,
      ...used,
    });
  }

  /** No further requests; those in flight may go on for the drain. */
  stop() {
    this.isOver = true;
    this.alarm.release();
    if (this.message.drain_ms != null) setTimeout(this.#endDrain, this.message.drain_ms).unref();
  }

  /** Ends it at once. */
  abort() {
    this.isOver = this.isAborted = true;
    this.alarm.release();
    this.#endDrain();
  }

  window() {
    return { now: nowNs(), done: this.#flushed + this.rows.seq.length, ...usedSince(this.#used) };
  }

  async #lane(plan) {
    const { rows, requests = this.setup.requests } = this;
    const isOpen = this.at !== undefined;
    let now = await this.#wait(this.startAt);
    let free = this.startAt;
    let due = 0;
    while (now < this.until && !this.isOver) {
      const seq = this.#taken++;
      if (seq >= this.limit) return;
      if (isOpen) {
        due = this.startAt + this.at[seq];
        if (due >= this.until) return;
        if (due <= now) this.#busy += free > due ? 1 : 0;
        else if ((await this.#wait(due)) < due) return;
      }
      const index = this.req ? this.req[seq] : seq % requests.length;
      const { call, argument } = plan[index];
      this.#sent++;
      let answer;
      let failure;
      let end;
      const begin = performance.now();
      try {
        answer = await call(argument);
        end = performance.now();
      } catch (caught) {
        end = performance.now();
        failure = caught ?? new Error("thrown without a value");
      }
      // What comes after the end of the drain belongs to no run.
      if (this.isAborted) return;
      now = atNs(end);
      const dur = Math.round((end - begin) * 1e6);
      const start = atNs(begin) - this.startAt;
      const kind = failure ? this.#fail(failure) : 0;
      const request = requests[index];
      rows.seq.push(seq);
      rows.start.push(start);
      rows.dur.push(dur);
      rows.code.push(answer?.[0] ?? 0);
      rows.err.push(kind);
      rows.rx.push(answer === undefined ? 0 : request.isStream ? answer[1] : answer[1].byteLength);
      rows.tx.push(request.body?.length ?? 0);
      rows.chunks?.push(answer !== undefined && request.isStream ? answer[2] : 0);
      this.#end = Math.max(this.#end, start + dur);
      if (isOpen) this.#late = Math.max(this.#late, start + this.startAt - due);
      if (this.setup.delayNs > 0) now = await this.#wait(now + this.setup.delayNs);
      free = now;
    }
  }

  #fail(failure) {
    const [kind, word] = classify(failure);
    this.#failed++;
    this.#errors[word] = (this.#errors[word] ?? 0) + 1;
    return kind;
  }

  /** The time after waiting for `due`, which is before it only when the run is over. */
  async #wait(due) {
    for (;;) {
      const now = nowNs();
      if (now >= due || this.isOver) return now;
      await (this.at && this.setup.delayNs === 0 ? this.alarm.until(due) : nap((due - now) / 1e6));
    }
  }

  #tellProgress(wire) {
    const done = this.#flushed + this.rows.seq.length;
    wire.send("progress", {
      sent: this.#sent,
      done,
      err: this.#failed,
      inflight: Math.max(this.#sent - done, 0),
      lag_max: this.#late,
    });
    this.#late = 0;
  }

  #flush(wire) {
    const rows = Object.fromEntries(Object.entries(this.rows).map(([name, values]) => [name, values.splice(0)]));
    const count = rows.seq.length;
    this.#flushed += count;
    if (this.message.record === false) return;
    for (let begin = 0; begin < count; begin += ROWS_MAX) {
      const part = Object.entries(rows).map(([name, values]) => {
        const slice = values.slice(begin, begin + ROWS_MAX);
        return [name, column(slice, WIDTHS[name])];
      });
      wire.send("samples", { n: Math.min(ROWS_MAX, count - begin), ...Object.fromEntries(part) });
    }
  }
}
