"""Dynamometer for Python: passive timing of calls, benchmarks of HTTP clients, and the SDK of workers.

Everything is imported when it is first used, so that a worker carries nothing but its library.
"""

import importlib

__version__ = "0.1.0"

_HOMES = {
    "benchmark": "decorator",
    "span": "decorator",
    "write": "decorator",
    "reset": "decorator",
    "BenchmarkConfiguration": "models",
    "BenchmarkResult": "models",
    "ResourceMetrics": "models",
    "BenchmarkRunner": "runner",
    "AsyncBenchmarkRunner": "runner",
    "benchmark_function": "runner",
    "ResultStorage": "storage",
}

__all__ = list(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("." + _HOMES[name], __name__), name)
