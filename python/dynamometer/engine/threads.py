"""Lanes of the mode `sync`: one thread each, parked between runs.

Between the two clock reads stands only the client's call.
"""

import queue
import threading
import time

from .columns import U32_MAX
from .failures import classify

# Sleeps longer than this are cut, so that `stop` is noticed.
NAP_S = 0.05


class ThreadLanes:
    """The threads of one setup and the clients that they call."""

    def __init__(self, setup, client, plans):
        """`plans[lane][index]` is (call, argument, is_stream) of a request; see `sdk`."""
        self.client = client
        if setup.lanes > 256:
            threading.stack_size(256 * 1024)
        self._inboxes = []
        self._threads = []
        for number, plan in enumerate(plans):
            inbox = queue.SimpleQueue()
            thread = threading.Thread(target=_lane, args=(inbox, number, *plan), name=f"lane-{number}", daemon=True)
            thread.start()
            self._inboxes.append(inbox)
            self._threads.append(thread)

    def start(self, run):
        for inbox in self._inboxes:
            inbox.put(run)

    def give_up(self):
        """A thread inside of a library cannot be ended; what it still does belongs to no run."""

    def close(self, patience_s=0):
        """Ends the threads; waits so long for those that are inside of a library."""
        for inbox in self._inboxes:
            inbox.put(None)
        until = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))


def _lane(inbox, number, plan, detail):
    while True:
        run = inbox.get()
        if run is None:
            return
        try:
            _play(run, run.lanes[number], plan, detail)
        finally:
            run.end_lane()


def _play(run, lane, plan, detail):
    clock, take, limit, until, start_at, at = time.monotonic_ns, run.take, run.limit, run.until, run.start_at, run.at
    columns = lane.columns
    add_seq, add_start, add_dur = columns.seq.append, columns.start.append, columns.dur.append
    add_code, add_rx = columns.code.append, columns.rx.append
    add_chunks = columns.chunks.append if columns.chunks is not None else None
    index_of, delay_ns = run.index_of, run.delay_ns
    now = _wait(run, start_at)
    free = start_at
    while now < until and not run.is_over:
        seq = take()
        if seq >= limit:
            return
        if at is not None:
            due = start_at + at[seq]
            if due >= until:
                return
            if due <= now:
                lane.busy += free > due
            elif _wait(run, due) < due:
                return
        call, argument, is_stream = plan[index_of(seq)]
        add_seq(seq)
        begin = clock()
        try:
            answer = call(argument)
            now = clock()
        except Exception as failure:
            now = clock()
            answer = _failed(lane, seq, failure)
        add_start(begin - start_at)
        add_dur(now - begin)
        add_code(answer[0])
        if add_chunks:
            add_chunks(answer[2] if is_stream and answer[0] else 0)
        if detail:
            first_byte_ns, is_new = detail() if answer[0] else (0, False)
            columns.ttfb.append(first_byte_ns)
            columns.new.append(is_new)
        # Last: a row with this column is complete.
        received = answer[1]
        add_rx(min(received if is_stream or not answer[0] else len(received), U32_MAX))
        lane.end = now - start_at
        if at is not None and begin - due > lane.late:
            lane.late = begin - due
        if delay_ns:
            now = _wait(run, now + delay_ns)
        free = now


def _failed(lane, seq, failure):
    kind, word = classify(failure)
    lane.columns.failures[seq] = kind
    lane.errors[word] = lane.errors.get(word, 0) + 1
    return 0, 0, 0


def _wait(run, due):
    """Sleeps until `due`; returns the time, which is before `due` only when the run is over."""
    while True:
        now = time.monotonic_ns()
        if now >= due or run.is_over:
            return now
        remaining = (due - now) / 1e9
        if remaining > NAP_S:
            run.over.wait(remaining - NAP_S / 2)
        else:
            time.sleep(remaining)
