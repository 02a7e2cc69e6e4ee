"""What the tests of contenders stand on: a target, the installed clients, and a player who asks one worker. No rules here."""

import base64
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(Path(__file__).parent)]

from dynamometer.host import Skipped, clean_environment  # noqa: E402

CONNECT, TLS, TIMEOUT, RESET, PROTOCOL, BODY, REDIRECTS = range(1, 8)
BODY_BYTES = bytes(range(256)) * 12


class Wrong(Exception):
    """What was seen instead of what was expected."""


def expect(seen, wanted, what):
    if seen != wanted:
        raise Wrong(f"{what}: expected {_short(wanted)}, seen {_short(seen)}")


def expect_column(outcome, column, wanted, what):
    """The values by number of a column that a worker need not tell: the engine reads no bodies, so it has none."""
    if column in outcome.columns:
        told = dict(zip(outcome.columns["seq"], outcome.columns[column]))
        expect([told[seq] for seq in range(len(outcome))], wanted, what)


def _short(value):
    text = repr(value)
    return text if len(text) < 400 else f"{text[:400]}… ({len(text)} characters)"


class Target:
    """The reference target as a child process that ends with this. Over TLS, with an authority of its own, and HTTP/3."""

    def __init__(self, dyno):
        self.process = subprocess.Popen(
            [dyno, "embedded-target", "--tls", "--http3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        told = json.loads(self.process.stdout.readline())
        self.url, self.tls = f"http://{told['listen'][0]}", f"https://{told['listen_tls'][0]}"
        self.ca_pem = told["ca_pem"]

    def ledger(self, run):
        """What it counted of the requests with this tag; see `docs/guide/target.md`."""
        with urllib.request.urlopen(f"{self.url}/__truth/{run}") as truth:
            return json.load(truth)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Player:
    """One worker in one mode and profile. Cells are methods of those who come from here.

    A cell plays a few requests and returns what it saw, or raises `Wrong`; a worker that refuses raises `Skipped`.
    """

    def __init__(self, worker, mode, profile, target, recorder):
        self.worker, self.mode, self.profile, self.target, self.recorder = worker, mode, profile, target, recorder
        self.always = {}
        self._tags = 0
        if "keep_alive" not in worker.hello["features"]:
            self._look_at_connections()

    def _look_at_connections(self):
        """What keeps no connection plays everything else without; the cell of keep-alive asks for it all the same."""
        try:
            self.setup([("GET", self.recorder.url)])
        except Skipped as reason:
            if not str(reason).startswith("keep_alive: "):
                raise
            self.always = {"keep_alive": False}

    def tag(self):
        """A new name for the ledger."""
        self._tags += 1
        hello = self.worker.hello
        return f"{hello['name']}-{self.mode}-{self.profile}-{self.worker.process.pid}-{self._tags}"

    def setup(self, requests, lanes=1, **setup):
        """Makes the client; `requests` are (method, url) or (method, url, headers, body)."""
        told = []
        for method, url, *rest in requests:
            headers, body = rest or ((), b"")
            told.append({"method": method, "url": url, "headers": list(headers), "body_b64": base64.b64encode(body).decode()})
        fields = {"profile": self.profile, "mode": self.mode, "lanes": lanes, "timeout_ms": 5000, **self.always, **setup}
        self.worker.setup(requests=told, **fields)

    def run(self, count=None, **run):
        """Plays; with `count`, each of them has to have its sample."""
        limit = {} if count is None else {"count": count}
        outcome = self.worker.run(run_id=1, flush="end", record=True, **{"drain_ms": 5000, **limit, **run})
        if count is not None:
            expect(sorted(outcome.columns["seq"]), list(range(count)), "numbers of the samples")
        expect(outcome.done["count"], len(outcome), "count of done")
        return outcome

    def play(self, url, count=6, lanes=2, method="GET", headers=(), body=b"", **setup):
        """One kind of request, `count` times."""
        self.setup([(method, url, headers, body)], lanes, **setup)
        return self.run(count)

    def plain(self, url, **played):
        """The same with all answers 200."""
        outcome = self.play(url, **played)
        expect((set(outcome.columns["code"]), outcome.done["errors"]), ({200}, {}), "codes and errors")
        return outcome


def command_of(client, environments, dyno):
    """How to start a worker, with its environment; `None` when it is not installed.

    Environments are those of `dyno clients setup`: a folder `NAME-KEY` with the mark of what is in it.
    """
    if client["lang"] == "engine":
        return [dyno, client["file"]], clean_environment()
    folder = _folder(client, environments) if client["requires"] or client["lang"] == "rust" else None
    if folder is None and (client["requires"] or client["lang"] == "rust"):
        return None
    if client["lang"] == "rust":
        return [folder / client["file"]], clean_environment()
    if client["lang"] == "python":
        python = folder / "venv" / "bin" / "python" if folder else sys.executable
        return [python, ROOT / "python" / "dynamometer" / "workers" / client["file"]], clean_environment()
    environment = {**clean_environment(), "DYNO_NODE_MODULES": str((folder or ROOT) / "node_modules")}
    return ["node", ROOT / "node" / "workers" / client["file"]], environment


def _folder(client, environments):
    """The newest environment that has what the list asks for."""
    marks = [mark for root in environments for mark in root.glob(f"{client['name']}-*/environment.json")]
    for mark in sorted(marks, key=lambda it: it.stat().st_mtime, reverse=True):
        if json.loads(mark.read_text())["requires"] == client["requires"]:
            return mark.parent
    return None
