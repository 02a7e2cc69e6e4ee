# /// script
# requires-python = ">=3.9"
# dependencies = []
# ///
"""A function of the user's own as a worker: `package.module:function`, called with the URL, or with nothing.

`dyno clients compare py:package.module:function` starts it in the user's Python, with the current directory on the
search path. `--look` before the name answers with one line of JSON whether and how the function can be called.
"""

import importlib
import inspect
import json
import os
import sys
import time
import traceback

# Started by its path, so that this folder is where Python would look first; it holds nothing for others.
_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [it for it in sys.path if os.path.abspath(it or os.curdir) != _HERE]
sys.path.insert(0, os.getcwd())

from dynamometer import sdk  # noqa: E402

# Lines of a traceback that are told: the user's own frames and what was raised.
TRACEBACK_LINES = 12

# What the SDK adds to requests in the profile `matched`; any other field was asked for by somebody.
_USUAL_FIELDS = {"user-agent": ("dyno",), "accept": ("*/*",), "accept-encoding": ("identity", "gzip")}


class Unfit(Exception):
    """The function cannot be measured; the text says which, why, and what would do."""


class Found:
    """The function and how it is called. `mode` is `sync` or `async`."""

    def __init__(self, function, version):
        self.function = function
        self.version = version
        self.mode = _mode(function)
        self.takes_url = _takes_url(function)


def find(spec):
    """The function of `module:name`. Raises `Unfit`."""
    module_name, _, path = spec.partition(":")
    try:
        module = importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as failure:  # also SystemExit: a module that is a program
        raise Unfit(f"cannot import `{module_name}`:\n{_tail(failure)}") from None
    function = module
    for name in path.split("."):
        try:
            function = getattr(function, name)
        except AttributeError:
            raise Unfit(f"`{module_name}` has no `{path}`{_near(function, name)}; it was read from {_file(module)}") from None
    if not callable(function):
        raise Unfit(f"`{spec}` is a {type(function).__name__} and cannot be called; name a function")
    version = getattr(module, "__version__", None)
    return Found(function, version if isinstance(version, str) and version else "local")


def _near(holder, name):
    import difflib

    near = difflib.get_close_matches(name, dir(holder), 1)
    return f", did you mean `{near[0]}`?" if near else ""


def _file(module):
    return getattr(module, "__file__", None) or "the interpreter itself"


def _tail(failure):
    """The end of the traceback without the frames of this file and of the import system."""
    frames = traceback.extract_tb(failure.__traceback__)
    own = [it for it in frames if it.filename != __file__ and "importlib" not in it.filename]
    lines = "".join(traceback.format_list(own) + traceback.format_exception_only(type(failure), failure)).splitlines()
    return "\n".join(lines[-TRACEBACK_LINES:])


def _mode(function):
    called = function if inspect.isroutine(function) or inspect.isclass(function) else getattr(function, "__call__", function)
    for it in (function, called):
        if inspect.isasyncgenfunction(it) or inspect.isgeneratorfunction(it):
            raise Unfit(
                f"`{_name(function)}` is a generator: calling it does nothing yet; name a function that takes its values"
            )
        if inspect.iscoroutinefunction(it):
            return "async"
    return "sync"


def _takes_url(function):
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):  # compiled ones may not tell
        return True
    positional = [it for it in parameters if it.kind in (it.POSITIONAL_ONLY, it.POSITIONAL_OR_KEYWORD)]
    needed = [it.name for it in positional if it.default is it.empty]
    keywords = [it.name for it in parameters if it.kind is it.KEYWORD_ONLY and it.default is it.empty]
    if len(needed) > 1 or keywords:
        names = ", ".join(needed + keywords)
        raise Unfit(f"`{_name(function)}` needs {names}; it is called with the URL alone, or with nothing")
    return bool(positional) or any(it.kind is it.VAR_POSITIONAL for it in parameters)


def _name(function):
    return getattr(function, "__qualname__", None) or type(function).__name__


def answer_of(value, awaitable=inspect.isawaitable):
    """Status and body of what the function returned. What says nothing of either is a success without a body."""
    if value is None:
        return 200, b""
    if isinstance(value, (bytes, bytearray)):
        return 200, value
    if isinstance(value, str):
        return 200, value.encode("utf-8", "surrogatepass")
    if _is_status(value):
        return int(value), b""
    if isinstance(value, tuple) and len(value) == 2 and _is_status(value[0]):
        return int(value[0]), answer_of(value[1])[1]
    for field in ("status_code", "status"):
        status = getattr(value, field, None)
        if _is_status(status):
            return int(status), _body(value)
    if awaitable(value):
        getattr(value, "close", lambda: None)()
        raise TypeError("the function returned an awaitable; write it with `async def`, so that it is awaited")
    return 200, b""


def _is_status(value):
    return isinstance(value, int) and 100 <= value <= 599


def _body(response):
    """The bytes that were read; empty where the library keeps none, or would have to read them now."""
    try:
        body = getattr(response, "content", None)
    except Exception:  # a stream that was read in pieces
        return b""
    return body if isinstance(body, (bytes, bytearray)) else b""


def _client(found, setup):
    _refuse(found, setup)
    function, takes_url = found.function, found.takes_url
    if found.mode == "async":

        async def call(arguments):
            return answer_of(await function(*arguments))

    else:

        def call(arguments):
            return answer_of(function(*arguments))

    return sdk.Client(call, prepare=lambda request: (request.url,) if takes_url else ())


def _refuse(found, setup):
    """A function asks as it likes: what would have to be told to it cannot be asked."""
    for request in setup.requests:
        if request.method != "GET":
            setup.skip("requests.method", f"a function asks by itself; {request.method} cannot be told to it")
        if request.body:
            setup.skip("requests.body", "a function asks by itself; no body can be told to it")
        for name, value in request.headers:
            if value not in _USUAL_FIELDS.get(name.lower(), ()):
                setup.skip("requests.headers", f"a function asks by itself; the field {name} cannot be told to it")


def _look(spec, out):
    try:
        found = find(spec)
        answer = {"mode": found.mode, "takes_url": found.takes_url}
    except Unfit as reason:
        answer = {"problem": str(reason)}
    os.write(out, json.dumps(answer).encode() + b"\n")
    sys.stdout.flush()
    # Threads that the module started are nobody's here.
    os._exit(0)


def _serve(spec, out):
    begin = time.monotonic_ns()
    try:
        found, problem = find(spec), None
    except Unfit as reason:
        found, problem = None, str(reason)
    sdk._import_ns += time.monotonic_ns() - begin
    # Only now may lines go to the host.
    sys.stdout.flush()
    os.dup2(out, 1)
    os.close(out)

    def make(setup):
        if problem:
            raise Unfit(problem)
        if setup.keep_alive is False:
            setup.skip("keep_alive", "a function keeps its connections as it likes")
        return _client(found, setup)

    modes = [found.mode] if found else ["sync", "async"]
    sdk.worker(f"py:{spec}", found.version if found else "", **{f"make_{mode}": make for mode in modes})


def main(arguments):
    # What the module prints while it is imported is no message.
    out = os.dup(1)
    os.dup2(2, 1)
    if arguments[0] == "--look":
        _look(arguments[1], out)
    _serve(arguments[0], out)


if __name__ == "__main__":
    main(sys.argv[1:])
