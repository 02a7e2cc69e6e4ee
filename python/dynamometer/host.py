"""The host's side of the worker protocol: starts a worker, tells it what to do, collects what it reports.

A small one, for `BenchmarkRunner` and for tests. `dyno` is the host that compares workers with one another.
"""

import atexit
import base64
import collections
import functools
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from array import array
from pathlib import Path

from .engine.settings import Skipped
from .engine.wire import read_column
from .logs import redact

TYPECODES = {"seq": "I", "start": "Q", "dur": "Q", "code": "H", "err": "B", "rx": "I", "tx": "I", "ttfb": "Q", "new": "B", "chunks": "I"}
HELLO_S = 10.0
ANSWER_S = 60.0
STDERR_LINES = 50


class WorkerError(Exception):
    """The worker failed: what it was asked, what it said, and the end of its stderr."""


class Outcome:
    """What a run brought: one array per column, and the fields of `done`."""

    def __init__(self):
        self.columns = {}
        self.done = {}
        self.progress = []

    def __len__(self):
        return len(self.columns.get("seq", ()))

    def add(self, message):
        for name, typecode in TYPECODES.items():
            if name in message:
                self.columns.setdefault(name, array(typecode)).extend(read_column(typecode, message[name]))


@functools.lru_cache(maxsize=None)
def sdk_folder():
    """A folder that holds this package and nothing else, so that a worker in another environment finds the SDK.

    The folder in which it is installed would bring its neighbours along: their versions of the libraries.
    """
    folder = tempfile.mkdtemp(prefix="dynamometer-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    package = Path(__file__).resolve().parent
    os.symlink(package, os.path.join(folder, package.name))
    return folder


def clean_environment():
    """What a worker may see: no proxies, no certificates, no credentials."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": sdk_folder(), "PYTHONDONTWRITEBYTECODE": "1"}


class WorkerProcess:
    """A running worker. Use as a context manager: leaving ends the whole process group."""

    def __init__(self, command, environment=None):
        self.command = [str(it) for it in command]
        self.messages = queue.Queue()
        self._stderr = collections.deque(maxlen=STDERR_LINES)
        try:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=environment or clean_environment(), start_new_session=True,
            )  # fmt: skip
        except OSError as failure:
            raise WorkerError(f"cannot start the worker `{' '.join(self.command)}`: {failure}") from failure
        self._threads = [threading.Thread(target=it, daemon=True) for it in (self._read_messages, self._read_stderr)]
        for thread in self._threads:
            thread.start()
        try:
            self.hello = self.wait_for("hello", timeout_s=HELLO_S)
        except BaseException:
            self.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read_messages(self):
        for line in self.process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                message = None
            if isinstance(message, dict) and isinstance(message.get("t"), str):
                self.messages.put(message)
            else:
                self._stderr.append(line.decode(errors="replace").rstrip())
        self.messages.put(None)

    def _read_stderr(self):
        for line in self.process.stderr:
            self._stderr.append(line.decode(errors="replace").rstrip())

    def stderr_lines(self):
        """The end of what it wrote to stderr so far, line by line."""
        return list(self._stderr)

    def send(self, message_type, **fields):
        fields["t"] = message_type
        try:
            self.process.stdin.write(json.dumps(fields).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as failure:
            raise self.failure(f"took no `{message_type}`") from failure

    def receive(self, timeout_s=ANSWER_S):
        """The next message."""
        try:
            message = self.messages.get(timeout=timeout_s)
        except queue.Empty:
            raise self.failure(f"said nothing for {timeout_s:g} s") from None
        if message is None:
            raise self.failure("ended")
        return message

    def wait_for(self, *types, timeout_s=ANSWER_S):
        """The next message of one of these types; others are passed over."""
        deadline = time.monotonic() + timeout_s
        while True:
            message = self.receive(max(deadline - time.monotonic(), 0.001))
            if message["t"] in types:
                return message
            if message["t"] == "error":
                raise self.failure(f"failed at {message.get('where')}: {message.get('msg')}")

    def ping(self, ping_id=0):
        self.send("ping", id=ping_id)
        return self.wait_for("pong")

    def setup(self, **fields):
        """Makes the client. Raises `Skipped` with the worker's reason, `WorkerError` when it failed."""
        self.send("setup", **fields)
        answer = self.wait_for("ready", "skipped")
        if answer["t"] == "skipped":
            raise Skipped(answer.get("reason", "the worker gave no reason"))

    def schedule(self, at_ns, req=()):
        """Intended starts in ns since the run's start, and the request of each."""
        fields = {"at": base64.b64encode(array("Q", at_ns)).decode()}
        if req:
            fields["req"] = base64.b64encode(array("I", req)).decode()
        self.send("schedule", first_seq=0, **fields)

    def run(self, silence_s=ANSWER_S, on_progress=None, **fields):
        """Plays a run to its end. `silence_s` is how long the worker may say nothing before it counts as hung."""
        self.send("run", **fields)
        outcome = Outcome()
        while True:
            message = self.receive(silence_s)
            kind = message["t"]
            if kind == "samples":
                outcome.add(message)
            elif kind == "progress":
                outcome.progress.append(message)
                if on_progress:
                    on_progress(message)
            elif kind == "error":
                raise self.failure(f"failed at {message.get('where')}: {message.get('msg')}")
            elif kind == "done":
                outcome.done = message
                return outcome

    def failure(self, what):
        """A `WorkerError` that says how the process ended and what it wrote."""
        try:
            self.process.wait(0.5)
        except subprocess.TimeoutExpired:
            pass
        code = self.process.returncode
        if code is not None:
            ended = f"crashed ({signal.Signals(-code).name})" if code < 0 else f"exit code {code}"
            what = f"{what}: {ended}"
        tail = "\n".join(self._stderr)
        return WorkerError(redact(f"worker `{' '.join(self.command)}` {what}" + (f"\n{tail}" if tail else "")))

    def end(self):
        """Ends the process group from any thread; whoever waits for the worker is told that it ended."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def kill(self):
        """Ends the process group at once."""
        self.end()
        self.process.wait()
        self._join()

    def close(self):
        """Says bye, and kills what does not go within two seconds."""
        try:
            if self.process.poll() is None:
                self.send("bye")
                self.process.stdin.close()
                self.process.wait(2)
        except (WorkerError, OSError, subprocess.TimeoutExpired):
            pass
        self.kill()

    def _join(self):
        for thread in self._threads:
            thread.join(2)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except OSError:
                pass
