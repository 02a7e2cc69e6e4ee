"""Benchmarks of one client library: a worker process over the protocol, a result in the old framework's words.

The client runs in a process of its own, so its CPU and memory are its own. For comparisons of clients use
`dyno`, which plays them in turns and says how sure the difference is.
"""

import asyncio
import base64
import functools
import inspect
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from .calls import Calls
from .engine.settings import Skipped
from . import logs
from .host import WorkerProcess, clean_environment
from .models import BenchmarkConfiguration, BenchmarkResult, is_success
from .resources import Watch, summary
from .storage import ResultStorage
from .thresholds import read_gate

log = logs.logger("runner")
WORKERS = Path(__file__).resolve().parent / "workers"
# Between the order and the start, so that all lanes are waiting when it comes.
LEAD_NS = 20_000_000


class UnsupportedError(NotImplementedError, ValueError):
    """The client library cannot do what the configuration asks."""


class BenchmarkRunner:
    """Plays a configuration with threads, or with tasks when `is_async` is set.

    `python` is the interpreter that has the library, `gate` objectives for the result's `checks`, `storage` where
    the result is kept. The library is used as it comes, with as many connections as `concurrency`.
    """

    def __init__(self, config, *, python=None, gate=None, storage=None):
        self.config = config
        self.python = python or sys.executable
        self.gate = read_gate(gate)
        self.storage = storage
        self.mode = "async" if config.is_async else "sync"
        self._worker = None
        self._is_cancelled = False

    def run(self):
        """The `BenchmarkResult`. Raises `UnsupportedError` or `host.WorkerError`; failed requests are counted, not raised."""
        config = self.config
        config.check()
        logs.keep_credentials(config.headers, config.target_url, config.body)
        url = config.redacted()["target_url"]
        log.info("%s begins: %s %s by %s %s", config.name, config.http_method, url, config.client_library, self.mode)
        command = [self.python, WORKERS / f"{config.client_library}_worker.py"]
        with WorkerProcess(command, clean_environment()) as worker:
            self._worker = worker
            if self._is_cancelled:
                worker.end()
            try:
                worker.setup(**_setup(config, self.mode))
            except Skipped as reason:
                raise UnsupportedError(logs.redact(f"{config.client_library} cannot play this configuration: {reason}")) from None
            started = datetime.now().astimezone()
            with Watch(worker.process.pid, config._settings) as watch:
                order = _order(config, worker.ping()["now"])
                outcome = worker.run(silence_s=max(3 * config.timeout, 10) + 5, **order)
            for line in worker.stderr_lines():
                log.debug("%s wrote: %s", config.client_library, line)
        result = _result(config, self.mode, started, outcome, self.gate)
        result.resource_metrics = watch.metrics(result.id, started, order["start_at"], outcome.columns)
        result.memory_usage_avg = summary(result.resource_metrics)["memory_mb_avg"]
        log.info("%s ends: %d requests, %d errors %s", config.name, result.requests_count, result.error_count, result.errors or "")
        if self.storage:
            self.storage.save_result(result)
        return result


class AsyncBenchmarkRunner(BenchmarkRunner):
    """Plays a configuration with tasks; `run()` is awaited and leaves the loop free meanwhile."""

    def __init__(self, config, **options):
        super().__init__(config, **options)
        self.mode = "async"

    async def run(self):
        """As `BenchmarkRunner.run`. Cancelled, it ends the worker, so that nobody waits for the rest of the load."""
        self._is_cancelled = False
        try:
            return await asyncio.get_running_loop().run_in_executor(None, super().run)
        except asyncio.CancelledError:
            self._is_cancelled = True
            if self._worker:
                self._worker.end()
            raise


def benchmark_function(target_url, http_method="GET", client_library="requests", concurrency=10, duration_seconds=30,
                       store_results=False, python=None, gate=None, name=None, **fields):  # fmt: skip
    """Decorator: each call runs the function and gives its value; then load is played on `target_url`.

    What it brought is `last_result` of the decorated function. A decorated coroutine function plays with the client's
    asynchronous interface. `name` is the benchmark's, else the function's; `fields` are those of `BenchmarkConfiguration`.
    """

    def decorate(function):
        is_async = inspect.iscoroutinefunction(function)

        def runner(storage=None):
            config = BenchmarkConfiguration(
                target_url, name=name or function.__qualname__, http_method=http_method, client_library=client_library,
                concurrency=concurrency, duration_seconds=duration_seconds, is_async=is_async, **fields,
            )  # fmt: skip
            kind = AsyncBenchmarkRunner if is_async else BenchmarkRunner
            return kind(config, python=python, gate=gate, storage=storage)

        def ready():
            return runner(ResultStorage() if store_results else None)

        # What is wrong with the arguments is said now, not after the first call.
        runner()

        if is_async:

            async def wrapper(*args, **kwargs):
                value = await function(*args, **kwargs)
                wrapper.last_result = await ready().run()
                return value

        else:

            def wrapper(*args, **kwargs):
                value = function(*args, **kwargs)
                wrapper.last_result = ready().run()
                return value

        wrapper = functools.update_wrapper(wrapper, function)
        wrapper.last_result = None
        return wrapper

    return decorate


def _setup(config, mode):
    request = {
        "method": config.http_method,
        "url": config.target_url,
        "headers": list(config.headers.items()),
        "body_b64": base64.b64encode(config.body.encode()).decode(),
    }
    return {
        "profile": "defaults",
        "requests": [request],
        "mode": mode,
        "lanes": config.concurrency,
        "pool": config.concurrency,
        "timeout_ms": round(config.timeout * 1000),
        "retries": config.retry_attempts,
        "delay_ns": round(config.delay_between_requests * 1e9),
        "tls": {"verify": config.verify_ssl},
    }


def _order(config, now):
    order = {"run_id": 1, "start_at": now + LEAD_NS, "flush": "end", "drain_ms": round(config.timeout * 1000)}
    if config.total_requests is not None:
        return {**order, "count": config.total_requests}
    return {**order, "until_ns": round(config.duration_seconds * 1e9)}


def _result(config, mode, started, outcome, gate):
    columns, done = outcome.columns, outcome.done
    codes, durations = columns.get("code", ()), columns.get("dur", ())
    times = sorted(duration for code, duration in zip(codes, durations) if is_success(code))
    status_codes = {str(code): count for code, count in sorted(Counter(codes).items()) if code}
    rejections = {f"status {code}": count for code, count in status_codes.items() if not is_success(int(code))}
    wall_s = done["wall"] / 1e9
    errors = len(codes) - len(times)
    cpu_s = (done.get("utime", 0) + done.get("stime", 0)) / 1e9
    settings = config._settings

    def seconds(share):
        """Linear interpolation between the samples on both sides of `share * (n - 1)`."""
        if not times:
            return 0.0
        at = share * (len(times) - 1)
        below = int(at)
        above = min(below + 1, len(times) - 1)
        return (times[below] + (times[above] - times[below]) * (at - below)) / 1e9

    received, sent = (sum(columns.get(name, ())) if settings.network_monitoring_enabled else 0 for name in ("rx", "tx"))
    return BenchmarkResult(
        name=config.name, client_library=config.client_library, client_type=mode, http_method=config.http_method,
        url=config.redacted()["target_url"], start_time=started, end_time=started + timedelta(seconds=wall_s), duration=wall_s,
        requests_count=len(codes), requests_per_second=len(times) / wall_s if wall_s else 0.0,
        avg_response_time=sum(times) / len(times) / 1e9 if times else 0.0, min_response_time=seconds(0), max_response_time=seconds(1),
        p95_response_time=seconds(0.95), p99_response_time=seconds(0.99),
        cpu_usage_avg=100 * cpu_s / wall_s if wall_s and settings.cpu_monitoring_enabled else 0.0, memory_usage_avg=0.0,
        network_io={"bytes_sent": sent, "bytes_received": received}, error_count=errors,
        error_rate=100 * errors / len(codes) if codes else 0.0, concurrency_level=config.concurrency, config_snapshot=config.redacted(),
        streamed=config.http_method == "STREAM", chunk_count=sum(columns.get("chunks", ())),
        errors={**done.get("errors", {}), **rejections}, status_codes=status_codes,
        checks=[threshold.judge(_stats(config.name, columns, done["wall"])) for threshold in gate],
    )  # fmt: skip


def _stats(name, columns, wall_ns):
    """The samples as the thresholds want them."""
    calls = Calls(name)
    for start, duration, code in zip(columns["start"], columns["dur"], columns["code"]):
        calls.add(start, start + duration, None if is_success(code) else "failed")
    stats = calls.stats()
    stats.elapsed_ns = wall_ns
    return stats
