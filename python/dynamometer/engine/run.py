"""One run: which request is next, when it is due, when it is over, and what is told of it.

Lanes pull. Nobody dispatches, so nothing can be omitted: when all lanes are busy, lateness grows and is seen.
The conductor is a thread of its own, so progress is told while every lane waits for its answer.
"""

import itertools
import sys
import threading
import time

from .columns import Columns, samples
from .usage import read_usage, used_since

PROGRESS_S = 0.25
LIVE_FLUSH_S = 1.0
NEVER = 1 << 63

# Tasks that wait look this often whether the run is over. Many look less often: 10,000 would keep a core busy with that,
# which would be the CPU of the library.
NAP_S = 0.05
NAPPING_LANES = 100


class Lane:
    """What one lane has done in one run. Written by its lane only, read by the conductor."""

    __slots__ = ("columns", "kept", "late", "busy", "end", "errors")

    def __init__(self, columns):
        self.columns = columns
        self.kept = 0  # rows that were flushed already
        self.late = 0  # largest lateness since the last progress, ns
        self.busy = 0  # requests that were due before a lane was free
        self.end = 0  # last end, ns since start_at
        self.errors = {}  # count by the library's word


class Run:
    """A run as it was asked for, and its state. Times are ns of the monotonic clock."""

    def __init__(self, setup, message, schedule, has_detail):
        self.run_id = message.get("run_id", 0)
        self.start_at = message.get("start_at") or time.monotonic_ns()
        self.count = message.get("count")
        until = message.get("until_ns")
        if self.count is None and until is None:
            raise ValueError("run has neither `count` nor `until_ns`; give one of them")
        self.until = NEVER if until is None else self.start_at + until
        self.is_recorded = message.get("record", True)
        self.is_live = message.get("flush") == "live"
        drain_ms = message.get("drain_ms")
        self.drain_ns = NEVER if drain_ms is None else drain_ms * 1_000_000
        self.requests = setup.requests
        self.delay_ns = setup.delay_ns
        self.at, self.req = schedule or (None, None)
        self.limit = min(NEVER if self.count is None else self.count, NEVER if self.at is None else len(self.at))
        self.take = _counter()
        has_chunks = any(it.is_stream for it in setup.requests)
        self.lanes = [Lane(Columns(has_chunks, has_detail)) for _ in range(setup.lanes)]
        self.nap_s = NAP_S * max(1, setup.lanes / NAPPING_LANES)
        self.is_over = False  # no lane starts another request
        self.is_aborted = False
        self.is_told = False  # `done` is said, or about to be: the next run may come
        self.over = threading.Event()
        self.all_done = threading.Event()
        self._open_lanes = len(self.lanes)
        self._lock = threading.Lock()
        self._used = read_usage()
        self._drain_until = NEVER

    def index_of(self, seq):
        """Which request of the setup `seq` is."""
        return self.req[seq] if self.req is not None else seq % len(self.requests)

    def end_lane(self):
        """Called by a lane that will start nothing more."""
        with self._lock:
            self._open_lanes -= 1
            if self._open_lanes == 0:
                self.all_done.set()

    def stop(self):
        """No further requests; those in flight may go on for the drain."""
        self._drain_until = min(self._drain_until, time.monotonic_ns() + self.drain_ns)
        self.is_over = True
        self.over.set()

    def abort(self):
        """Ends it at once: what is in flight is not waited for."""
        self.is_aborted = True
        self.stop()
        self.all_done.set()

    def counts(self):
        """Requests sent, done, and failed so far."""
        sent = sum(lane.kept + len(lane.columns.seq) for lane in self.lanes)
        done = sum(lane.kept + len(lane.columns.rx) for lane in self.lanes)
        failed = sum(sum(lane.errors.copy().values()) for lane in self.lanes)
        return sent, done, failed

    def window(self):
        """The answer to `mark`, without its id."""
        return {"now": time.monotonic_ns(), "done": self.counts()[1], **used_since(self._used)}

    def conduct(self, wire, give_up):
        """Tells progress until the lanes are done or the drain is over, then the samples, then `done`.

        `give_up` ends what is still in flight, where that is possible.
        """
        flush_at = self.start_at + round(LIVE_FLUSH_S * 1e9)
        while not self.all_done.wait(PROGRESS_S):
            self._tell_progress(wire)
            now = time.monotonic_ns()
            if now >= self.until and not self.is_over:
                self.stop()
                self._drain_until = self.until + self.drain_ns
            if now >= self._drain_until:
                break
            if self.is_live and now >= flush_at:
                flush_at = now + round(LIVE_FLUSH_S * 1e9)
                self._flush(wire)
        used = used_since(self._used)
        self.stop()
        give_up()
        sent, done, _ = self.counts()
        self._tell_progress(wire)
        self._flush(wire)
        errors = {}
        for lane in self.lanes:
            for word, count in lane.errors.items():
                errors[word] = errors.get(word, 0) + count
        # Before: the host may order the next run before this thread has ended.
        self.is_told = True
        wire.send(
            "done", run_id=self.run_id, wall=max(lane.end for lane in self.lanes), sent=sent,
            count=done if self.is_recorded else 0, errors=errors, lanes_busy=sum(lane.busy for lane in self.lanes), **used,
        )  # fmt: skip

    def _tell_progress(self, wire):
        sent, done, failed = self.counts()
        late = max(lane.late for lane in self.lanes)
        for lane in self.lanes:
            lane.late = 0
        wire.send("progress", sent=sent, done=done, err=failed, inflight=max(sent - done, 0), lag_max=late)

    def _flush(self, wire):
        sizes = [len(request.body or b"") for request in self.requests]
        taken, failures = None, {}
        for lane in self.lanes:
            rows = lane.columns.take()
            lane.kept += len(rows["rx"])
            failures.update(lane.columns.failures.copy())
            if taken is None:
                taken = rows
            else:
                for name, values in rows.items():
                    taken[name].extend(values)
        if self.is_recorded and taken["rx"]:
            for fields in samples(taken, failures, lambda seq: sizes[self.index_of(seq)]):
                wire.send("samples", **fields)


def _counter():
    """The next whole number at each call, safe from any thread."""
    take = itertools.count().__next__
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        return take
    lock = threading.Lock()

    def locked_take():
        with lock:
            return take()

    return locked_take
