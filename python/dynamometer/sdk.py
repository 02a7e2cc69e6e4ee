"""What a worker file needs: `worker`, `library`, `Client`, and `setup.skip`.

A worker file imports its library by `library`, writes `make_sync(setup)`, `make_async(setup)` or both, and ends in
`worker(...)`. Each makes a `Client` from an `engine.settings.Setup`. `docs/worker-protocol.md` says what travels.
"""

import gc
import importlib
import os
import platform
import sys
import threading
import time

from .engine.failures import REDIRECTS, classify
from .engine.run import Run
from .engine.settings import STREAM_CHUNK_BYTES, BadSetup, Request, Setup, Skipped
from .engine.threads import ThreadLanes
from .engine.usage import allow_many_files, read_usage
from .engine.wire import Wire, read_column

__all__ = ["STREAM_CHUNK_BYTES", "Client", "Request", "Setup", "Skipped", "library", "version_of", "worker"]

PROTOCOL = [1, 1]

# Variables that libraries read behind their user's back, in case a worker is started by hand.
_LEAKS = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle", "ssl_cert_file")

# How long a new setup waits for the lanes of the last one; a library may hold them.
CLOSE_S = 5

_import_ns = 0
_missing = None


class Client:
    """A library, made ready. Coroutine functions in the mode `async`, plain ones in `sync`.

    - `call(argument)` returns (status, body as bytes).
    - `stream(argument)` reads the body in chunks of 8,192 bytes and returns (status, bytes, chunks).
    - `prepare(request)` makes the argument of both from a `Request`, once per setup; without it they get the `Request`.
    - `lane()` makes the `Client` of one lane, for libraries whose handles cannot be shared.
    - `detail()` is asked after each answer for (ns to the first byte, whether a connection was opened); optional.
    - `close()` ends it.
    """

    __slots__ = ("call", "stream", "prepare", "lane", "detail", "close")

    def __init__(self, call=None, stream=None, prepare=None, lane=None, detail=None, close=None):
        self.call = call
        self.stream = stream
        self.prepare = prepare
        self.lane = lane
        self.detail = detail
        self.close = close


def library(name):
    """Imports the library and counts how long that took.

    When it cannot be imported, the worker still says hello and answers every setup with the reason.
    """
    global _import_ns, _missing
    begin = time.monotonic_ns()
    try:
        return importlib.import_module(name)
    except Exception as failure:  # a broken binary raises anything
        _missing = f"cannot import {name}: {type(failure).__name__}: {failure}"
        return None
    finally:
        _import_ns += time.monotonic_ns() - begin


def version_of(distribution):
    """The installed version of a distribution, for libraries that do not tell their own."""
    from importlib.metadata import version

    return version(distribution)


def worker(name, version, make_sync=None, make_async=None, features=(), http=("1.1",), libs=None, runtime=(3, 9)):
    """Plays the protocol until the host says `bye` or goes away. Does not return.

    `version` is a string or a function that is called when the library could be imported, `runtime` the oldest
    Python that the library runs on.
    """
    for variable in list(os.environ):
        if variable.lower() in _LEAKS:
            del os.environ[variable]
    os.environ["NETRC"] = os.devnull
    allow_many_files()
    _Worker(name, version, make_sync, make_async, features, http, libs, runtime).serve()


class _Worker:
    def __init__(self, name, version, make_sync, make_async, features, http, libs, runtime):
        self.wire = Wire()
        self.name = name
        self.version = "" if _missing else (version() if callable(version) else version)
        self.make = {mode: make for mode, make in (("sync", make_sync), ("async", make_async)) if make}
        self.features = ["timeout", "retries", "keep_alive", "bytes", *features]
        self.http = list(http)
        self.libs = {} if _missing else (libs() if callable(libs) else libs or {})
        self.runtime = runtime
        self.setup = self.lanes = self.run = self.conductor = None
        self.schedule = []
        self.has_detail = False

    def serve(self):
        self._hello()
        for message in self.wire.messages():
            handler = getattr(self, "_on_" + message["t"], None)
            if handler is None:
                continue
            try:
                handler(message)
            except Exception as failure:
                self._error(message["t"], failure)
        self._on_bye({})

    def _hello(self):
        self.wire.send(
            "hello", proto=PROTOCOL, name=self.name, version=self.version, lang="python",
            runtime=f"{platform.python_implementation()} {platform.python_version()}", pid=os.getpid(),
            modes=list(self.make), http=self.http, features=self.features, libs=self.libs, import_ns=_import_ns,
            clock="monotonic", now=time.monotonic_ns(),
        )  # fmt: skip

    def _on_ping(self, message):
        self.wire.send("pong", id=message.get("id"), now=time.monotonic_ns())

    def _on_setup(self, message):
        self._end_run()
        self._close_client(CLOSE_S)
        self.schedule = []
        try:
            if sys.version_info < self.runtime:
                raise Skipped(f"needs Python ≥ {'.'.join(map(str, self.runtime))}, this is {platform.python_version()}")
            if _missing:
                raise ImportError(_missing)
            self.setup = Setup.read(message)
            self._refuse(self.setup)
            self._make_lanes()
        except Skipped as reason:
            self._close_client()
            self.wire.send("skipped", reason=str(reason))
        except Exception as failure:
            self._close_client()
            self._error("setup", failure)
        else:
            self.wire.send("ready")

    def _refuse(self, setup):
        """Skips what no worker of these features can do, so that worker files need not ask."""
        if setup.mode not in self.make:
            setup.skip("mode", f"{self.name} has no {setup.mode} interface")
        if setup.http and setup.http not in self.http:
            setup.skip("http", f"{self.name} does not speak HTTP/{setup.http}")
        wanted = {
            "stream": any(it.is_stream for it in setup.requests) and "requests.method",
            "redirects": (setup.redirects or 0) > 0 and "redirects",
            "decode": setup.decode and "decode",
            "tls_verify": setup.is_tls and setup.verify is False and "tls.verify",
            "ca": setup.is_tls and setup.verify is not False and setup.ca_pem and "tls.ca_pem",
            "timeout": setup.timeout_s is not None and "timeout_ms",
        }
        for feature, field in wanted.items():
            if field and feature not in self.features:
                setup.skip(field, f"{self.name} cannot do this ({feature})")
        if setup.keep_alive is False:
            setup.close_connections()

    def _make_lanes(self):
        setup, make = self.setup, self.make[self.setup.mode]
        if setup.mode == "sync":
            client = make(setup)
            plans = _plans(setup, client)
            self.lanes = ThreadLanes(setup, client, plans)
        else:
            # Imported here so that the memory of a sync worker is its library's.
            from .engine.tasks import TaskLanes

            self.lanes = TaskLanes()
            client = self.lanes.call(make, setup)
            plans = self.lanes.call(_plans, setup, client)
            self.lanes.adopt(client, plans)
        self.has_detail = plans[0][1] is not None

    def _on_schedule(self, message):
        first, at = message.get("first_seq") or 0, read_column("Q", message["at"])
        req = read_column("I", message["req"]) if message.get("req") else None
        if self.setup is None:
            raise ValueError("schedule came before setup")
        if first == 0:
            self.schedule = []
        have = len(self.schedule[0]) if self.schedule else 0
        if first != have:
            raise ValueError(f"schedule starts at seq {first}, but {have} are known; send the parts in order")
        if req is None:
            req = read_column("I", "")
            req.extend((first + i) % len(self.setup.requests) for i in range(len(at)))
        if len(req) != len(at) or (req and max(req) >= len(self.setup.requests)):
            raise ValueError(f"schedule has {len(at)} times and {len(req)} requests; each must be an index into requests")
        if self.schedule:
            self.schedule[0].extend(at)
            self.schedule[1].extend(req)
        else:
            self.schedule = [at, req]

    def _on_run(self, message):
        if self.lanes is None:
            raise ValueError("run came before a setup was answered with ready")
        if self.conductor and self.conductor.is_alive():
            if not (self.run.is_told or self.run.is_aborted):
                raise ValueError(f"run {message.get('run_id')} came before run {self.run.run_id} was done")
            self.conductor.join()
        schedule, self.schedule = self.schedule, []
        self.run = run = Run(self.setup, message, schedule, self.has_detail)
        lanes = self.lanes
        self.conductor = threading.Thread(target=run.conduct, args=(self.wire, lanes.give_up), name="conductor", daemon=True)
        self.conductor.start()
        lanes.start(run)

    def _on_mark(self, message):
        run = self.run
        window = run.window() if run else {"now": time.monotonic_ns(), "done": 0, **read_usage()}
        self.wire.send("window", id=message.get("id"), **window)

    def _on_stop(self, _message):
        if self.run:
            self.run.stop()

    def _on_abort(self, _message):
        if self.run:
            self.run.abort()

    def _on_bye(self, _message):
        self._end_run()
        self._close_client()
        self.wire.send("bye")
        # Not sys.exit: threads inside of a library would be waited for, or torn down in the middle of a call.
        os._exit(0)

    def _end_run(self):
        if self.run and self.conductor.is_alive():
            self.run.abort()
            self.conductor.join(5)
        self.run = None

    def _close_client(self, patience_s=0):
        """Ends client and lanes. Waits so long until their connections and threads are gone, thousands maybe."""
        lanes, self.lanes = self.lanes, None
        setup, self.setup = self.setup, None
        try:
            close = lanes and lanes.client and lanes.client.close
            if close:
                lanes.call(close, timeout_s=5) if setup.mode == "async" else close()
        except Exception as failure:
            self.wire.send("log", level="warn", msg=f"closing the client failed: {type(failure).__name__}: {failure}")
        finally:
            if lanes:
                lanes.close(patience_s)
            if setup:
                setup.forget()
        if lanes and patience_s:
            # What libraries tie in circles keeps its sockets open until then.
            lanes = close = None
            gc.collect()

    def _error(self, where, failure):
        self.wire.send("error", where=where, msg=f"{type(failure).__name__}: {failure}")


def _plans(setup, client):
    """For each lane: what to call with which argument for each request, and what to ask afterwards."""
    plans = []
    shared = None
    for _ in range(setup.lanes):
        own = client.lane() if client.lane else client
        if own is not client or shared is None:
            shared = [_plan(setup, own, request) for request in setup.requests]
        plans.append((shared, own.detail))
    return plans


def _plan(setup, client, request):
    call = client.stream if request.is_stream else client.call
    if call is None:
        setup.skip("requests.method", "this client cannot stream")
    argument = client.prepare(request) if client.prepare else request
    return (_retrying(call, setup) if setup.retries else call), argument, request.is_stream


def _retrying(call, setup):
    """`call` again after failures without an answer, up to `retries` times; all of it is one request."""
    retries = range(setup.retries)
    if setup.mode == "async":

        async def again(argument):
            for _ in retries:
                try:
                    return await call(argument)
                except Exception as failure:
                    if not _is_worth_a_retry(failure):
                        raise
            return await call(argument)

    else:

        def again(argument):
            for _ in retries:
                try:
                    return call(argument)
                except Exception as failure:
                    if not _is_worth_a_retry(failure):
                        raise
            return call(argument)

    return again


def _is_worth_a_retry(failure):
    return classify(failure)[0] != REDIRECTS
