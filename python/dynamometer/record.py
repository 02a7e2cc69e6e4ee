"""The run record `dyno-run/1` of calls that were timed in passing: JSON that `dyno runs import` takes.

Nothing was scheduled, so it is a closed loop whose response time is its service time.
"""

import contextlib
import json
import os
import secrets
import sys
import time
from datetime import datetime, timezone

from . import __version__
from .calls import Calls, clock
from .engine.usage import read_usage
from .histogram import Histogram
from .machine import environment

SCHEMA = "dyno-run/1"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def build(operations, name):
    """The record of `operations` (`calls.Calls`) as an object of JSON types."""
    now_ns, now = clock(), time.time()
    stats = {calls.name: calls.stats() for calls in operations}
    requests = [calls for calls in operations if calls.kind == "request"] or operations
    whole = Calls(name)
    for calls in requests:
        _add(whole, calls)
    total = whole.stats()
    started = now - (now_ns - (total.first_ns or now_ns)) / 1e9
    checks = [check for calls in operations for check in _checks(calls, stats[calls.name])]
    usage = read_usage()
    cpu_s = (usage.get("utime", 0) + usage.get("stime", 0)) / 1e9
    return {
        "schema": SCHEMA,
        "id": _ulid(started),
        "name": name,
        "tags": sorted({tag for calls in operations for tag in calls.tags}),
        "started_at": datetime.fromtimestamp(started, timezone.utc).isoformat().replace("+00:00", "Z"),
        "state": "finished",
        "tool": {"version": __version__, "commit": "unknown", "engine": "python passive"},
        "target_kind": "external",
        "target": f"calls of {name}",
        "plan": {"name": name, "passive": True, "thresholds": [check["threshold"] for check in checks]},
        "environment": environment(),
        "validity": {"state": "valid", "reasons": [_note()]},
        "verdict": {"state": _state(checks), "checks": checks},
        "load": _load(total),
        "totals": _totals(total),
        **_times(total),
        "operations": {
            calls.name: {
                "kind": "request" if calls in requests else "journey",
                "totals": _totals(stats[calls.name]),
                **_times(stats[calls.name]),
            }
            for calls in operations
        },
        "intervals": _intervals(whole, total),
        "generator": {
            "cpu_user_s": usage.get("utime", 0) / 1e9,
            "cpu_system_s": usage.get("stime", 0) / 1e9,
            "cpu_share": 0.0,
            "rss_peak_bytes": usage.get("maxrss", 0),
            "requests_per_cpu_s": total.calls / cpu_s if cpu_s else 0.0,
            "threads": 1,
        },
        "reproduce": "",
    }  # fmt: skip


def write(path, operations, name):
    """Writes the record; `path` appears at once and whole, or not at all."""
    record = build(operations, name)
    unfinished = f"{path}.{os.getpid()}.part"
    try:
        with open(unfinished, "w", encoding="utf-8") as file:
            json.dump(record, file, ensure_ascii=False, indent=1)
            file.write("\n")
        os.replace(unfinished, path)
    except BaseException:
        # A full disk keeps half of it otherwise.
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
        raise
    return record


def _add(whole, calls):
    calls.settle()
    with calls._lock:
        whole.times.merge(calls.times)
        whole.failure_times.merge(calls.failure_times)
        whole.first_ns = min(filter(None, (whole.first_ns, calls.first_ns)), default=0)
        whole.last_ns = max(whole.last_ns, calls.last_ns)
        for error, count in calls.errors.items():
            whole.errors[error] = whole.errors.get(error, 0) + count
        while whole.width_ns < calls.width_ns:
            whole.widen()
        for key, (failed, times) in calls.intervals.items():
            kept = whole._interval(key * calls.width_ns // whole.width_ns)
            kept[0] += failed
            kept[1].merge(times)


def _checks(calls, stats):
    for threshold in calls.gate:
        check = threshold.judge(stats)
        yield {**check, "threshold": f'"{calls.name}".{check["threshold"]}'}


def _state(checks):
    if not checks:
        return "none"
    return "pass" if all(check["ok"] for check in checks) else "fail"


def _note():
    detail = "calls were timed as the program made them: no load was played and no schedule kept"
    return {"code": "passive", "state": "valid", "detail": detail}


def _load(total):
    return {
        "model": "closed",
        "asked_rate_per_s": None,
        "achieved_rate_per_s": total.calls * 1e9 / total.elapsed_ns if total.elapsed_ns else 0.0,
        "not_started": 0,
        "in_flight_at_end": 0,
        "in_flight_max": 0,
        "in_flight_limit": 1,
        "gap_cv": None,
        "dispersion_10ms": None,
        "measure_start_ns": 0,
        "warmup_requests": 0,
    }


def _totals(stats):
    return {
        "requests": stats.calls,
        "ok": stats.times.count,
        "rejected": 0,
        "failed": stats.failed,
        "bytes_sent": 0,
        "bytes_received": 0,
        "elapsed_ns": stats.elapsed_ns,
        "throughput_per_s": stats.rate_per_s,
        "errors_by_kind": stats.errors,
        "status_codes": {},
    }


def _times(stats):
    zeros = Histogram()
    if stats.calls:
        zeros.record(0, stats.calls)
    times = stats.times.headline()
    return {
        "response_time_ns": times,
        "service_time_ns": times,
        "lateness_ns": zeros.headline(),
        "first_byte_ns": times,
        "failure_time_ns": stats.failure_times.headline(),
    }


def _intervals(whole, total):
    intervals = []
    begin = total.first_ns
    for key in range(min(whole.intervals, default=0), max(whole.intervals, default=-1) + 1):
        failed, times = whole.intervals.get(key, (0, Histogram()))
        end = min((key + 1) * whole.width_ns, total.last_ns)
        intervals.append({
            "at_ns": end - total.first_ns,
            "length_ns": max(end - begin, 0),
            "measured": True,
            "requests": times.count + failed,
            "ok": times.count,
            "rejected": 0,
            "failed": failed,
            "in_flight": 0,
            "asked": None,
            "bytes_sent": 0,
            "bytes_received": 0,
            "lateness_p99_ns": 0,
            "histogram": times.encode(),
        })  # fmt: skip
        begin = end
    return intervals


def _ulid(started_s):
    """48 bits of time in ms and 80 random ones, in Crockford's base 32."""
    value = (int(started_s * 1000) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def default_name():
    """What a record is called when nobody named it: the program."""
    return os.path.basename(sys.argv[0] or "python") if sys.argv else "python"
