"""`@benchmark` and `span`: time what a program does anyway.

Passive: the function runs once per call, with its arguments, its value, its exceptions and its signature; nothing is
printed. With the variable `DYNO_RECORD`, or `record=` of any decorator, a run record is written when the program ends.
"""

import atexit
import functools
import inspect
import os
import sys
import weakref

from . import calls as _calls
from .calls import clock
from .logs import logger
from .thresholds import read_gate

_log = logger("decorator")
# What http-client-benchmarker's decorator takes besides `target_url`.
_LOAD = ("client_library", "concurrency", "duration_seconds", "http_method", "store_results")
# What it takes them to be, which is not what `benchmark_function` does.
_LOAD_DEFAULTS = {"client_library": "requests", "concurrency": 5, "duration_seconds": 10, "http_method": "GET", "store_results": True}
_paths = set()
_pid = os.getpid()
# Our own wrappers, so that one is not timed twice by the same name.
_wrappers = weakref.WeakSet()


def benchmark(function=None, *, name=None, gate=None, tags=(), record=None, target_url=None, **load):
    """Times every call of a function, coroutine function, generator or asynchronous generator.

    - `name`: of the operation; otherwise module and qualified name.
    - `gate`: objectives for the record and for pytest: `{"p99": "<= 20ms"}`, `"p99 < 20ms"`, or several in a list.
    - `tags`: of the record. `record`: a file that the record is written to when the program ends; `{pid}` in its name is
      the number of the process.
    - `target_url`, with `concurrency` (5), `duration_seconds` (10), `client_library`, `http_method`, `store_results` (true):
      plays load after each call and puts what it brought into `last_result`, as `benchmark_function` does, whose other
      arguments are taken as well. Without `target_url` they say nothing, which is logged.

    The decorated function has `stats()`, `verdict()`, `last_result` and `calls`.
    """
    if target_url is not None:
        from .runner import benchmark_function

        if record or tags:
            raise TypeError("benchmark() with target_url times no calls, so it takes neither record nor tags")
        decorate = benchmark_function(target_url, name=name, gate=gate, **{**_LOAD_DEFAULTS, **load})
        return decorate if function is None else decorate(function)
    unknown = [it for it in load if it not in _LOAD]
    if unknown:
        raise TypeError(f"benchmark() has no argument {', '.join(map(repr, unknown))}")
    if load:
        names = ", ".join(sorted(load))
        _log.warning("%s: without target_url there is nothing to put load on; calls are timed as the program makes them", names)
    gate = read_gate(gate)
    if record:
        _paths.add(os.fsdecode(record))
    if function is None:
        return functools.partial(_decorate, name=name, gate=gate, tags=tags)
    return _decorate(function, name=name, gate=gate, tags=tags)


def _decorate(function, name, gate, tags):
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(_decorate(function.__func__, name, gate, tags))
    if isinstance(function, property):
        raise TypeError("benchmark() times functions, not properties; write @benchmark below @property")
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"benchmark() times functions, not {function!r}; decorate its methods")
    body = _body_of(function)
    operation = _calls.operation(name or _name_of(body), gate=gate, tags=tags)
    if _is_own(function) and function.calls is operation:
        return function
    # An object with a method `__call__` is what that method is.
    shown = body if inspect.isroutine(body) else type(body).__call__
    if inspect.isasyncgenfunction(shown):
        wrapper = _async_generator(function, operation.add)
    elif inspect.isgeneratorfunction(shown):
        wrapper = _generator(function, operation.add)
    elif inspect.iscoroutinefunction(shown):
        wrapper = _coroutine(function, operation.add)
    else:
        wrapper = _plain(function, operation.add)
    wrapper = functools.update_wrapper(wrapper, function)
    _wrappers.add(wrapper)
    wrapper.calls = operation
    wrapper.stats = operation.stats
    wrapper.verdict = functools.partial(verdict, operation)
    wrapper.last_result = LastResult(operation)
    return wrapper


def _body_of(function):
    """What a partial function calls in the end."""
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _name_of(function):
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{getattr(named, '__module__', None) or 'builtins'}.{named.__qualname__}"


def _is_own(function):
    try:
        return function in _wrappers
    except TypeError:  # not every callable can be referred to weakly, or hashed
        return False


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

    def now(self):
        """The `BenchmarkResult` of this moment, which later calls leave alone."""
        from .models import result_of_calls

        return result_of_calls(self._operation.stats())

    def __getattr__(self, field):
        if field.startswith("__"):
            raise AttributeError(field)
        return getattr(self.now(), field)

    def __reduce__(self):
        # A copy, or what is sent to another process, is of this moment.
        return _same, (self.now(),)

    def __repr__(self):
        return repr(self._operation.stats())


def _same(result):
    return result


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
    operations = _calls.operations()
    for path in sorted(paths) if operations else ():
        if _is_child() and "{pid}" not in path:
            words = "calls of process %d are not in %s, which is its parent's; with {pid} in the name each has its own"
            _log.warning(words, os.getpid(), path)
            continue
        path = path.replace("{pid}", str(os.getpid()))
        try:
            write(path)
        except (OSError, ValueError) as failure:
            # The program has ended as it should: its exit code and the other records stay as they are.
            _log.error("cannot write the record %s of %d operations: %s", path, len(operations), failure)


def _is_child():
    """Whether this process was made by another one of the same program, which writes the record."""
    processes = sys.modules.get("multiprocessing.process")
    return os.getpid() != _pid or (processes is not None and processes.parent_process() is not None)
