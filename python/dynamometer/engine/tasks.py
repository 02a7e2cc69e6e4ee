"""Lanes of the mode `async`: one task each, on one loop in a thread of its own.

The loop is asyncio's own, with one change: its selector wakes to the microsecond near a timer. epoll rounds up to a
millisecond, which would be lateness of the worker in every open loop.
"""

import asyncio
import inspect
import select
import selectors
import threading
import time

from .columns import U32_MAX
from .threads import _failed

# From here on a timer is near: epoll sleeps up to it, select the rest.
NEAR_S = 0.010

# Descriptors from here on are not for `select`: FD_SETSIZE of every system that has one.
SELECT_LIMIT = 1024

# How long what is left of a run may take to notice that it is cancelled.
CANCEL_S = 1


class PreciseSelector(selectors.DefaultSelector):
    """The default selector with timers that are not rounded to milliseconds."""

    def select(self, timeout=None):
        if timeout is None or timeout <= 0 or not hasattr(self, "fileno"):
            return super().select(timeout)
        if timeout > NEAR_S:
            return super().select(timeout - NEAR_S / 2)
        if self.fileno() >= SELECT_LIMIT:
            # With thousands of open sockets its number may be too high for `select`; then it is to the millisecond.
            return super().select(timeout)
        select.select([self.fileno()], [], [], timeout)
        return super().select(0)


class TaskLanes:
    """The loop of one setup, the client that lives on it, and its tasks."""

    def __init__(self):
        self.loop = asyncio.SelectorEventLoop(PreciseSelector())
        self.client = None
        self._plans = []
        self._tasks = []
        self._thread = threading.Thread(target=self._serve, name="loop", daemon=True)
        self._thread.start()

    def _serve(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.wait(left, timeout=CANCEL_S))
        # Its descriptors, so that the loops of many setups do not pile up.
        self.loop.close()

    def call(self, function, *arguments, timeout_s=30):
        """Calls a function or coroutine function on the loop and waits for it."""

        async def on_loop():
            value = function(*arguments)
            return await value if inspect.isawaitable(value) else value

        return asyncio.run_coroutine_threadsafe(on_loop(), self.loop).result(timeout_s)

    def adopt(self, client, plans):
        self.client, self._plans = client, plans

    def start(self, run):
        def create():
            self._tasks = [self.loop.create_task(_lane(run, lane, *plan)) for lane, plan in zip(run.lanes, self._plans)]

        self.loop.call_soon_threadsafe(create)

    def give_up(self):
        for task in self._tasks:
            if not task.done():
                self.loop.call_soon_threadsafe(task.cancel)

    def close(self, patience_s=0):
        """Ends the loop and lets go of the clients; waits so long for it."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(patience_s)
        self._plans, self._tasks = [], []


async def _lane(run, lane, plan, detail):
    try:
        await _play(run, lane, plan, detail)
    finally:
        run.end_lane()


async def _play(run, lane, plan, detail):
    clock, take, limit, until, start_at, at = time.monotonic_ns, run.take, run.limit, run.until, run.start_at, run.at
    columns = lane.columns
    add_seq, add_start, add_dur = columns.seq.append, columns.start.append, columns.dur.append
    add_code, add_rx = columns.code.append, columns.rx.append
    add_chunks = columns.chunks.append if columns.chunks is not None else None
    index_of, delay_ns = run.index_of, run.delay_ns
    now = await _wait(run, start_at)
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
            elif await _wait(run, due) < due:
                return
        call, argument, is_stream = plan[index_of(seq)]
        add_seq(seq)
        begin = clock()
        try:
            answer = await call(argument)
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
            now = await _wait(run, now + delay_ns)
        free = now


async def _wait(run, due):
    """Sleeps until `due`; returns the time, which is before `due` only when the run is over."""
    while True:
        now = time.monotonic_ns()
        if now >= due or run.is_over:
            return now
        await asyncio.sleep(min((due - now) / 1e9, run.nap_s))
