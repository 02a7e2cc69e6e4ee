"""What the process of a client used while it played: samples of CPU, memory, bytes and disk, and what they come to.

Of Linux, by /proc; elsewhere there are no samples. Watches from outside, so that the client does not pay for it.
"""

import os
import threading
import time
import uuid
from bisect import bisect_right
from datetime import timedelta
from itertools import accumulate

from .models import ResourceMetrics


class Watch:
    """Looks at a process every `resource_monitoring_interval`, from entering to leaving."""

    def __init__(self, pid, settings):
        self._folder = f"/proc/{pid}"
        self._settings = settings
        # (ns of the monotonic clock, CPU in s, resident bytes, bytes read and written by the disk).
        self._readings = []
        self._ended = threading.Event()
        self._thread = None
        is_wanted = settings.cpu_monitoring_enabled or settings.memory_monitoring_enabled
        if is_wanted and os.path.exists(self._folder):
            self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        if self._thread:
            self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        if self._thread:
            self._thread.join()

    def _watch(self):
        # Once more at the end, so that the shortest benchmark has a sample.
        is_last = False
        while True:
            try:
                self._readings.append(_read(self._folder))
            except (OSError, ValueError, IndexError):
                return
            if is_last:
                return
            is_last = self._ended.wait(self._settings.resource_monitoring_interval)

    def metrics(self, benchmark_id, started, start_at, columns):
        """The samples of a benchmark that began at `started`, on the monotonic clock at `start_at`.

        `columns` are those of its requests, whose bytes count when they end.
        """
        settings, readings = self._settings, self._readings
        ends = sorted(zip(map(sum, zip(columns.get("start", ()), columns.get("dur", ()))), range(len(columns.get("dur", ())))))
        order = [index for _, index in ends]
        ends = [end for end, _ in ends]
        sent, received = (
            list(accumulate((columns[name][it] for it in order) if name in columns else (), initial=0)) for name in ("tx", "rx")
        )
        metrics = []
        for (before_ns, before_s, *_), (at_ns, cpu_s, resident, read, written) in zip(readings, readings[1:]):
            done = bisect_right(ends, at_ns - start_at) if settings.network_monitoring_enabled else 0
            length_s = (at_ns - before_ns) / 1e9
            metrics.append(ResourceMetrics(
                benchmark_id=benchmark_id, timestamp=started + timedelta(seconds=(at_ns - start_at) / 1e9),
                cpu_percent=100 * (cpu_s - before_s) / length_s if settings.cpu_monitoring_enabled and length_s else 0.0,
                memory_mb=resident / 1e6 if settings.memory_monitoring_enabled else 0.0,
                bytes_sent=sent[min(done, len(sent) - 1)], bytes_received=received[min(done, len(received) - 1)],
                disk_read_mb=(read - readings[0][3]) / 1e6, disk_write_mb=(written - readings[0][4]) / 1e6, id=str(uuid.uuid4()),
            ))  # fmt: skip
        return metrics


def summary(metrics):
    """What samples come to: `cpu_avg`, `cpu_max`, `memory_percent_avg` (of the machine), `memory_mb_avg`, `memory_mb_max`, `sample_count`."""
    cpu = [it.cpu_percent for it in metrics]
    memory = [it.memory_mb for it in metrics]
    whole_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    return {
        "cpu_avg": _mean(cpu), "cpu_max": max(cpu, default=0.0), "memory_percent_avg": 100 * _mean(memory) / whole_mb,
        "memory_mb_avg": _mean(memory), "memory_mb_max": max(memory, default=0.0), "sample_count": len(metrics),
    }  # fmt: skip


def _mean(values):
    return sum(values) / len(values) if values else 0.0


def _read(folder):
    with open(f"{folder}/stat", encoding="ascii", errors="replace") as file:
        # The name of the program stands in parentheses and may hold anything.
        fields = file.read().rpartition(")")[2].split()
    at_ns = time.monotonic_ns()
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    read = written = 0
    try:
        with open(f"{folder}/io", encoding="ascii") as file:
            counts = dict(line.split(": ") for line in file)
        read, written = int(counts["read_bytes"]), int(counts["write_bytes"])
    except (OSError, KeyError, ValueError):
        pass  # some systems do not tell, and nothing was read
    return at_ns, cpu_s, int(fields[21]) * os.sysconf("SC_PAGE_SIZE"), read, written
