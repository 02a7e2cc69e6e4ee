"""What was timed: durations of calls by operation, from any thread and any task.

A call costs one append; every few hundred calls whoever comes next counts them into histograms. Names no function and
writes no file: `decorator` and `record` do.
"""

import copy
import os
import threading
import time

from .histogram import Histogram

clock = time.perf_counter_ns

# Calls that are kept one by one before they are counted: some tenths of a millisecond of work.
PENDING_MAX = 512

# Intervals that are kept: ten minutes of seconds, then twenty of two seconds, and so on.
INTERVALS_MAX = 600


class Calls:
    """The calls of one operation."""

    def __init__(self, name, kind="request", gate=(), tags=()):
        self.name = name
        self.kind = kind
        self.gate = list(gate)
        self.tags = list(tags)
        self._pending = []
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        """Forgets everything."""
        with self._lock:
            self._pending.clear()
            self.times = Histogram()
            self.failure_times = Histogram()
            self.errors = {}
            self.first_ns = self.last_ns = 0
            # By `end // width_ns`: [failed, histogram of successes].
            self.width_ns = 1_000_000_000
            self.intervals = {}

    def add(self, begin, end, failure=None):
        """Counts a call, from and to in ns of `clock`; `failure` is the name of the exception that ended it."""
        # Append is atomic: no lock in the way of the caller, who may be a signal handler in the middle of `settle`.
        self._pending.append((begin, end, failure))
        if len(self._pending) >= PENDING_MAX and self._lock.acquire(blocking=False):
            try:
                self._settle()
            finally:
                self._lock.release()

    def settle(self):
        """Counts what is pending."""
        with self._lock:
            self._settle()

    def _settle(self):
        count = len(self._pending)
        pending = self._pending[:count]
        # Only what was taken: others append meanwhile.
        del self._pending[:count]
        if pending:
            self._count(pending)

    def _count(self, pending):
        first, last = min(it[0] for it in pending), max(it[1] for it in pending)
        self.first_ns = min(self.first_ns, first) if self.last_ns else first
        self.last_ns = max(self.last_ns, last)
        width_ns, batch = self.width_ns, {}
        for begin, end, failure in pending:
            key = end // width_ns
            if failure is None:
                histogram = batch.get(key)
                if histogram is None:
                    histogram = batch[key] = Histogram()
                histogram.record(end - begin)
            else:
                self.failure_times.record(end - begin)
                self.errors[failure] = self.errors.get(failure, 0) + 1
                self._interval(key)[0] += 1
        for key, histogram in batch.items():
            self.times.merge(histogram)
            self._interval(key)[1].merge(histogram)
        while len(self.intervals) > INTERVALS_MAX:
            self.widen()

    def _interval(self, key):
        interval = self.intervals.get(key)
        if interval is None:
            interval = self.intervals[key] = [0, Histogram()]
        return interval

    def widen(self):
        """Makes intervals twice as long, so that a program may run for weeks."""
        self.width_ns *= 2
        old, self.intervals = self.intervals, {}
        for key, (failed, histogram) in old.items():
            interval = self._interval(key // 2)
            interval[0] += failed
            interval[1].merge(histogram)

    def stats(self):
        """A picture of now."""
        self.settle()
        return Stats(self)


class Stats:
    """Counts and times of an operation at one moment. Times in ns, of calls that returned."""

    def __init__(self, calls):
        with calls._lock:
            self.name = calls.name
            self.times = _copy(calls.times)
            self.failure_times = _copy(calls.failure_times)
            self.errors = dict(calls.errors)
            self.elapsed_ns = calls.last_ns - calls.first_ns
            self.first_ns, self.last_ns = calls.first_ns, calls.last_ns
        self._count()

    def _count(self):
        self.failed = self.failure_times.count
        self.calls = self.times.count + self.failed

    def since(self, earlier, begin_ns):
        """What came after an earlier picture of the same operation, in the time from `begin_ns` of `clock` on.

        All of it when the calls were forgotten meanwhile.
        """
        if self.first_ns > earlier.first_ns or earlier.calls > self.calls:
            return self
        later = copy.copy(self)
        later.times, later.failure_times = self.times.without(earlier.times), self.failure_times.without(earlier.failure_times)
        errors = {name: count - earlier.errors.get(name, 0) for name, count in self.errors.items()}
        later.errors = {name: count for name, count in errors.items() if count}
        later._count()
        later.first_ns = begin_ns
        later.elapsed_ns = max(self.last_ns - begin_ns, 0) if later.calls else 0
        return later

    @property
    def rate_per_s(self):
        """Calls that returned, per second between the first start and the last end."""
        return self.times.count * 1e9 / self.elapsed_ns if self.elapsed_ns else 0.0

    def quantile(self, share):
        return self.times.quantile(share)

    def __repr__(self):
        from .thresholds import show_time

        p50, p99 = (show_time(self.quantile(share)) for share in (0.5, 0.99))
        return f"<{self.name}: {self.calls} calls, {self.failed} failed, p50 {p50}, p99 {p99}>"


def _copy(histogram):
    copy = Histogram()
    copy.merge(histogram)
    return copy


_registry = {}
_registry_lock = threading.Lock()


def operation(name, kind="request", gate=(), tags=()):
    """The operation of that name; the first use makes it, later ones add objectives and tags."""
    with _registry_lock:
        calls = _registry.get(name)
        if calls is None:
            calls = _registry[name] = Calls(name, kind)
        calls.gate += [it for it in gate if it.text not in {known.text for known in calls.gate}]
        calls.tags += [it for it in tags if it not in calls.tags]
        return calls


def operations():
    """All that have been called, by name."""
    with _registry_lock:
        found = sorted(_registry.items())
    return [calls for _, calls in found if calls.stats().calls]


def _in_a_forked_child():
    """A child has none of its parent's calls, and no lock that another thread of the parent held at that moment."""
    global _registry_lock
    _registry_lock = threading.Lock()
    for calls in _registry.values():
        calls._lock = threading.Lock()
        calls.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_a_forked_child)
