"""pytest: the fixture `http_bench`, which plays load or judges decorated functions and fails the test by its objectives.

    def test_front_page(http_bench):
        http_bench.run("http://127.0.0.1:8080/", client_library="httpx", total_requests=500, gate={"p99": "< 50ms"})

    def test_parser(http_bench):
        for text in texts:
            parse(text)                      # decorated with @benchmark(gate="p99 < 1ms")
        http_bench.check(parse)

Figures become properties of the test, which JUnit reports show.
"""

import pytest

from .calls import clock, operations
from .models import BenchmarkConfiguration
from .runner import AsyncBenchmarkRunner, BenchmarkRunner


class HttpBench:
    """What the fixture gives."""

    def __init__(self, record_property):
        self._record_property = record_property
        self._begin_ns = clock()
        self._before = {calls.name: calls.stats() for calls in operations()}

    def run(self, target_url, gate=None, python=None, **fields):
        """Plays a configuration, fails the test when an objective does not hold, and returns the result."""
        config = BenchmarkConfiguration(target_url, **fields)
        return self._judge(BenchmarkRunner(config, gate=gate, python=python).run())

    async def run_async(self, target_url, gate=None, python=None, **fields):
        """The same with the client's asynchronous interface, awaited."""
        config = BenchmarkConfiguration(target_url, **fields)
        return self._judge(await AsyncBenchmarkRunner(config, gate=gate, python=python).run())

    def check(self, function):
        """Fails the test when an objective of a function under `@benchmark` does not hold; returns its stats.

        Judged are the calls since the test began, not those of other tests.
        """
        if not hasattr(function, "verdict"):
            raise TypeError(f"http_bench.check() judges functions under @benchmark, and {function!r} is none")
        stats = function.stats()
        if stats.name in self._before:
            stats = stats.since(self._before[stats.name], self._begin_ns)
        self._record_property(f"{stats.name}.calls", stats.calls)
        self._record_property(f"{stats.name}.p99_ns", stats.quantile(0.99))
        self._fail(stats.name, [threshold.judge(stats) for threshold in function.calls.gate])
        return stats

    def _judge(self, result):
        for name in ("requests_per_second", "avg_response_time", "p95_response_time", "p99_response_time", "error_rate"):
            self._record_property(f"{result.name}.{name}", getattr(result, name))
        self._fail(result.name, result.checks)
        return result

    @staticmethod
    def _fail(name, checks):
        broken = [f"{check['threshold']}: {check['detail']}" for check in checks if not check["ok"]]
        if broken:
            pytest.fail(f"{name} misses {len(broken)} of {len(checks)} objectives\n  " + "\n  ".join(broken), pytrace=False)


@pytest.fixture
def http_bench(request):
    """Plays load and judges it; see the module."""
    # Not `record_property`, which warns of pytest's own default kind of JUnit file and records all the same.
    return HttpBench(lambda name, value: request.node.user_properties.append((name, value)))
