"""`@benchmark` and `span`: time what a program does anyway.

Passive: the function runs once per call, with its arguments, its value, its exceptions and its signature; nothing is
printed. With the variable `DYNO_RECORD`, or `record=` of any decorator, a run record is written when the program ends.
"""

import atexit
import functools
import inspect
import os

from . import calls as _calls
from .calls import clock
from .logs import logger
from .thresholds import read_gate

_log = logger("decorator")
# What http-client-benchmarker's decorator takes besides `target_url`.
_LOAD = ("client_library", "concurrency", "duration_seconds", "http_method", "store_results")
_paths = set()
_pid = os.getpid()


def benchmark(function=None, *, name=None, gate=None, tags=(), record=None, target_url=None, **load):
    """Times every call of a function, coroutine function, generator or asynchronous generator.

    - `name`: of the operation; otherwise module and qualified name.
    - `gate`: objectives for the record and for pytest: `{"p99": "<= 20ms"}`, `"p99 < 20ms"`, or several in a list.
    - `tags`: of the record. `record`: a file that the record is written to when the program ends.
    - `target_url`, with `concurrency`, `duration_seconds`, `client_library`, `http_method`, `store_results`: plays load
      after each call and puts what it brought into `last_result`, as `benchmark_function` does. Without `target_url` the
      others say nothing, which is logged.

    The decorated function has `stats()`, `verdict()`, `last_result` and `calls`.
    """
    if target_url is not None:
        from .runner import benchmark_function

        return benchmark_function(target_url, **load) if function is None else benchmark_function(target_url, **load)(function)
    unknown = [it for it in load if it not in _LOAD]
    if unknown:
        raise TypeError(f"benchmark() has no argument {', '.join(map(repr, unknown))}")
    if load:
        names = ", ".join(sorted(load))
        _log.warning("%s: without target_url there is nothing to put load on; calls are timed as the program makes them", names)
    gate = read_gate(gate)
    if record:
        _paths.add(os.fspath(record))
    if function is None:
        return functools.partial(_decorate, name=name, gate=gate, tags=tags)
    return _decorate(function, name=name, gate=gate, tags=tags)


def _decorate(function, name, gate, tags):
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(_decorate(function.__func__, name, gate, tags))
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"benchmark() times functions, not {function!r}; decorate its methods")
    operation = _calls.operation(name or f"{function.__module__}.{function.__qualname__}", gate=gate, tags=tags)
    if inspect.isasyncgenfunction(function):
        wrapper = _async_generator(function, operation.add)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, operation.add)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, operation.add)
    else:
        wrapper = _plain(function, operation.add)
    wrapper = functools.update_wrapper(wrapper, function)
    wrapper.calls = operation
    wrapper.stats = operation.stats
    wrapper.verdict = functools.partial(verdict, operation)
    wrapper.last_result = LastResult(operation)
    return wrapper


def _plain(function, add):
    def timed(*args, **kwargs):
        begin = clock()
        try:
            value = function(*args, **kwargs)
        except BaseException as failure:
            add(begin, clock(), type(failure).__name__)
            raise
        add(begin, clock())
        return value

    return timed


def _coroutine(function, add):
    async def timed(*args, **kwargs):
        begin = clock()
        try:
            value = await function(*args, **kwargs)
        except BaseException as failure:
            add(begin, clock(), type(failure).__name__)
            raise
        add(begin, clock())
        return value

    return timed


def _generator(function, add):
    """Counts the time inside of the generator, not that of whoever takes its values."""

    def timed(*args, **kwargs):
        started = clock()
        inner = function(*args, **kwargs)
        spent, failure = clock() - started, None
        step, argument = inner.send, None
        try:
            while True:
                begin = clock()
                try:
                    value = step(argument)
                except StopIteration as end:
                    return end.value
                except BaseException as error:
                    failure = type(error).__name__
                    raise
                finally:
                    spent += clock() - begin
                try:
                    argument, step = (yield value), inner.send
                except GeneratorExit:
                    begin = clock()
                    inner.close()
                    spent += clock() - begin
                    raise
                except BaseException as thrown:
                    argument, step = thrown, inner.throw
        finally:
            add(started, started + spent, failure)

    return timed


def _async_generator(function, add):
    async def timed(*args, **kwargs):
        started = clock()
        inner = function(*args, **kwargs)
        spent, failure = clock() - started, None
        step, argument = inner.asend, None
        try:
            while True:
                begin = clock()
                try:
                    value = await step(argument)
                except StopAsyncIteration:
                    return
                except BaseException as error:
                    failure = type(error).__name__
                    raise
                finally:
                    spent += clock() - begin
                try:
                    argument, step = (yield value), inner.asend
                except GeneratorExit:
                    begin = clock()
                    await inner.aclose()
                    spent += clock() - begin
                    raise
                except BaseException as thrown:
                    argument, step = thrown, inner.athrow
        finally:
            add(started, started + spent, failure)

    return timed


class span:
    """Times a block, `with span("login"):` or `async with span("login"):`.

    In a record that has decorated functions, too, it is a journey of their calls: shown beside them, not added.
    """

    __slots__ = ("_begin", "_operation")

    def __init__(self, name, gate=None, tags=()):
        self._operation = _calls.operation(name, kind="journey", gate=read_gate(gate), tags=tags)

    def __enter__(self):
        self._begin = clock()
        return self

    def __exit__(self, kind, _value, _traceback):
        self._operation.add(self._begin, clock(), kind.__name__ if kind else None)

    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, *failure):
        self.__exit__(*failure)

    def stats(self):
        return self._operation.stats()


class LastResult:
    """The calls so far as a `BenchmarkResult`: its fields, read when they are asked for."""

    __slots__ = ("_operation",)

    def __init__(self, operation):
        self._operation = operation

    def __getattr__(self, field):
        from .models import result_of_calls

        return getattr(result_of_calls(self._operation.stats()), field)

    def __repr__(self):
        return repr(self._operation.stats())


def verdict(operation):
    """The checks of an operation's objectives, each an object with `threshold`, `ok` and `detail`."""
    stats = operation.stats()
    return [threshold.judge(stats) for threshold in operation.gate]


def write(path, name=None):
    """Writes the record of everything that was timed so far, and returns it."""
    from . import record

    return record.write(path, _calls.operations(), name or record.default_name())


def reset():
    """Forgets all calls of all operations."""
    for calls in _calls.operations():
        calls.reset()


@atexit.register
def _at_exit():
    paths = _paths | ({os.environ["DYNO_RECORD"]} if os.environ.get("DYNO_RECORD") else set())
    # A forked child would replace the record of its parent.
    if os.getpid() == _pid and _calls.operations():
        for path in paths:
            write(path)
