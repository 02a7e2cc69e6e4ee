"""Every installed client against every rule of a worker, on the wire. Prints a table; fails when a cell is wrong.

Not part of the unit tests: it needs the clients' environments and a target.

    dyno serve --listen 127.0.0.1:8080 --listen-tls 127.0.0.1:8443 --self-signed --http3
    python3 python/tests/contenders.py --environments target/clients --target http://127.0.0.1:8080 \\
        --tls https://127.0.0.1:8443

An environment is `ENVIRONMENTS/python/NAME/bin/python` or `ENVIRONMENTS/node/NAME/node_modules`; for clients in Rust it
is the binary `ENVIRONMENTS/rust-target/release/FILE`, as `dyno clients setup` leaves it in the folder of the clients.
Clients without one are named and left out, unless they need none.
"""

import argparse
import base64
import json
import socket
import ssl
import sys
import tomllib
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(Path(__file__).parent)]

from dynamometer.host import Skipped, WorkerError, WorkerProcess, clean_environment  # noqa: E402
from recorder import Recorder  # noqa: E402

CONNECT, TLS, TIMEOUT, RESET, PROTOCOL, BODY, REDIRECTS = range(1, 8)
BODY_BYTES = bytes(range(256)) * 12


class Wrong(Exception):
    """What was seen instead."""


def expect(seen, wanted, what):
    if seen != wanted:
        raise Wrong(f"{what} {seen}, not {wanted}")


class Contest:
    """The cells of one worker in one mode: each plays a few requests and looks at what came of them."""

    def __init__(self, worker, mode, target, tls, recorder):
        self.worker, self.mode, self.target, self.tls, self.recorder = worker, mode, target, tls, recorder
        # What keeps no connection plays everything else without; `kept` asks for it all the same.
        self.always = {} if "keep_alive" in worker.hello["features"] else {"keep_alive": False}

    def play(self, url, count=6, lanes=2, method="GET", headers=(), body=b"", run=None, **setup):
        request = {"method": method, "url": url, "headers": list(headers), "body_b64": base64.b64encode(body).decode()}
        fields = {"profile": "matched", "mode": self.mode, "lanes": lanes, "timeout_ms": 5000, **self.always, **setup}
        self.worker.setup(requests=[request], **fields)
        outcome = self.worker.run(run_id=1, count=count, flush="end", record=True, drain_ms=5000, **(run or {}))
        expect(sorted(outcome.columns["seq"]), list(range(count)), "seq")
        expect(outcome.done["count"], count, "done.count")
        return outcome

    def get(self):
        for lanes, count in ((1, 20), (8, 80), (64, 320)):
            outcome = self.play(self.target + "/bytes/1000", count, lanes)
            expect(set(outcome.columns["code"]), {200}, f"code at {lanes} lanes")
            expect(set(outcome.columns["rx"]), {1000}, f"rx at {lanes} lanes")
        return "1/8/64"

    def echo(self):
        self.recorder.reset()
        told = [("x-one", "a b"), ("content-type", "application/x-test")]
        outcome = self.play(self.recorder.url + "/echo", method="POST", headers=told, body=BODY_BYTES)
        expect(set(outcome.columns["rx"]), {len(BODY_BYTES)}, "rx")
        expect(set(outcome.columns["tx"]), {len(BODY_BYTES)}, "tx")
        expect(set(self.recorder.bodies), {BODY_BYTES}, "body")
        own = set()
        for head in self.recorder.heads:
            lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
            fields = [(name.strip().lower().decode(), value.strip().decode()) for name, _, value in lines]
            for name, value in told + [("user-agent", "dyno"), ("accept", "*/*"), ("accept-encoding", "identity")]:
                expect([it for it in fields if it[0] == name], [(name, value)], "header")
            own |= {name for name, _ in fields} - {it[0] for it in told}
        own -= {"connection"} if self.always else set()
        own -= {"user-agent", "accept", "accept-encoding", "host", "content-length"}
        return "ok" if not own else "+" + ",".join(sorted(own))

    def timeout(self):
        outcome = self.play(self.target + "/delay/2s", 2, timeout_ms=300)
        expect(set(outcome.columns["err"]), {TIMEOUT}, "err")
        longest = max(outcome.columns["dur"]) / 1e6
        if not 250 <= longest < 1500:
            raise Wrong(f"took {longest:.0f} ms instead of 300")
        return next(iter(outcome.done["errors"]))

    def status(self):
        outcome = self.play(self.target + "/status/500")
        expect((set(outcome.columns["code"]), set(outcome.columns["err"])), ({500}, {0}), "code, err")
        return "ok"

    def refused(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            outcome = self.play(f"http://127.0.0.1:{unused.getsockname()[1]}/", 3)
        expect((set(outcome.columns["code"]), set(outcome.columns["err"])), ({0}, {CONNECT}), "code, err")
        return next(iter(outcome.done["errors"]))

    def closed(self):
        outcome = self.play(self.recorder.url + "/close", 3)
        expect(set(outcome.columns["err"]), {RESET}, "err")
        return next(iter(outcome.done["errors"]))

    def garbage(self):
        outcome = self.play(self.target + "/fault/garbage", 2)
        expect(set(outcome.columns["code"]), {0}, "code")
        return f"err {sorted(set(outcome.columns['err']))}"

    def truncated(self):
        outcome = self.play(self.target + "/fault/truncate?at=10", 2)
        expect(set(outcome.columns["code"]), {0}, "code")
        return f"err {sorted(set(outcome.columns['err']))}"

    def stream(self):
        outcome = self.play(self.target + "/bytes/100000", 4, method="STREAM")
        expect((set(outcome.columns["code"]), set(outcome.columns["rx"])), ({200}, {100_000}), "code, rx")
        chunks = sorted(set(outcome.columns["chunks"]))
        # At least one: where a library cannot choose their size, the whole body may come at once.
        if chunks[0] < 1:
            raise Wrong(f"chunks {chunks}")
        return "/".join(map(str, chunks[:3])) + ("…" if len(chunks) > 3 else "")

    def kept(self):
        self.recorder.reset()
        self.play(self.recorder.url + "/", 40, 4, keep_alive=True)
        # Some libraries open one more while they wait for a busy one, which is a finding, not a fault of the worker.
        if self.recorder.connections > 8:
            raise Wrong(f"{self.recorder.connections} connections for 4 lanes and 40 requests")
        return str(self.recorder.connections)

    def not_kept(self):
        self.recorder.reset()
        outcome = self.play(self.recorder.url + "/", 20, 4, keep_alive=False)
        expect(set(outcome.columns["code"]), {200}, "code")
        expect(self.recorder.connections, 20, "connections")
        return "ok"

    def redirects(self):
        for follow, code, err in ((0, 302, 0), (1, 0, REDIRECTS), (3, 200, 0)):
            outcome = self.play(self.target + "/redirect/2", 2, redirects=follow)
            seen = set(outcome.columns["code"]), set(outcome.columns["err"])
            expect(seen, ({code}, {err}), f"code, err with {follow} redirects")
        return "ok"

    def decode(self):
        """The same file both ways: as long for the caller, shorter on the wire when it was compressed."""
        sent = {}
        for decode in (False, True):
            run = f"{self.worker.hello['name']}-{self.mode}-{decode}-{self.worker.process.pid}"
            outcome = self.play(self.target + "/static/app.js", 2, decode=decode, headers=[("x-dyno-run", run)])
            expect(set(outcome.columns["code"]), {200}, "code")
            with urllib.request.urlopen(f"{self.target}/__truth/{run}") as truth:
                sent[decode] = json.load(truth)["bytes_sent"], set(outcome.columns["rx"])
        expect(sent[True][1], sent[False][1], "rx of the decoded body")
        if sent[True][0] >= sent[False][0]:
            raise Wrong(f"{sent[True][0]} bytes on the wire with decode, {sent[False][0]} without")
        return "ok"

    def retries(self):
        self.recorder.reset()
        outcome = self.play(self.recorder.url + "/close", 2, 1, retries=2)
        expect(set(outcome.columns["code"]), {0}, "code")
        expect(len(self.recorder.heads), 6, "tries of 2 requests")
        return "ok"

    def tls_refused(self):
        outcome = self.play(self.tls + "/json", 2, tls={"verify": True})
        expect(set(outcome.columns["err"]), {TLS}, "err")
        return next(iter(outcome.done["errors"]))

    def tls_unverified(self):
        outcome = self.play(self.tls + "/json", 4, tls={"verify": False})
        expect(set(outcome.columns["code"]), {200}, "code")
        return "ok"

    def tls_authority(self):
        parts = urlsplit(self.tls)
        pem = ssl.get_server_certificate((parts.hostname, parts.port))
        outcome = self.play(self.tls.replace("127.0.0.1", "localhost") + "/json", 4, tls={"verify": True, "ca_pem": pem})
        expect(set(outcome.columns["code"]), {200}, f"code, errors {outcome.done['errors']},")
        return "ok"

    def http2(self):
        # Over HTTP/1.1 this route answers 400.
        outcome = self.play(self.tls + "/fault/rst", 1, 1, http="2", tls={"verify": False})
        expect(set(outcome.columns["code"]), {0}, "code of a route that needs HTTP/2")
        outcome = self.play(self.tls + "/bytes/1000", 20, 4, http="2", tls={"verify": False})
        expect((set(outcome.columns["code"]), set(outcome.columns["rx"])), ({200}, {1000}), "code, rx")
        return "ok"

    def http3(self):
        outcome = self.play(self.tls + "/fault/quic-close", 1, 1, http="3", tls={"verify": False})
        expect(set(outcome.columns["code"]), {0}, "code of a route that needs HTTP/3")
        outcome = self.play(self.tls + "/bytes/1000", 20, 2, http="3", tls={"verify": False})
        expect((set(outcome.columns["code"]), set(outcome.columns["rx"])), ({200}, {1000}), "code, rx")
        return "ok"

    def ends(self):
        """`stop` waits for what is in flight, `abort` does not, and the client can be used afterwards."""
        request = {"method": "GET", "url": self.target + "/delay/1s"}
        for word, count in (("stop", 4), ("abort", 0)):
            self.worker.setup(
                profile="matched", mode=self.mode, lanes=4, timeout_ms=5000, requests=[request], **self.always
            )
            self.worker.send("run", run_id=1, until_ns=60_000_000_000, drain_ms=5000)
            while self.worker.wait_for("progress")["inflight"] < 4:
                pass
            self.worker.send(word)
            done = self.worker.wait_for("done")
            expect((done["count"], done["errors"]), (count, {}), f"done.count, done.errors after {word}")
        outcome = self.play(self.target + "/bytes/1000")
        expect(set(outcome.columns["code"]), {200}, "code after abort")
        return "ok"

    def pool(self):
        """One connection to keep for four lanes, or refused by name. How many are opened is the library's notion.

        Failures are told and not judged: httpcore's pool is known to break under threads that share connections.
        """
        self.recorder.reset()
        outcome = self.play(self.recorder.url + "/", 40, 4, pool=1)
        return str(self.recorder.connections) + "".join(f", {count} {word}" for word, count in outcome.done["errors"].items())

    def defaults(self):
        outcome = self.play(self.target + "/bytes/1000", 40, 8, profile="defaults")
        expect((set(outcome.columns["code"]), set(outcome.columns["rx"])), ({200}, {1000}), "code, rx")
        return "ok"

    def open_loop(self):
        request = {"method": "GET", "url": self.target + "/plaintext"}
        self.worker.setup(profile="matched", mode=self.mode, lanes=8, timeout_ms=5000, requests=[request], **self.always)
        self.worker.run(run_id=1, count=400, record=False, drain_ms=5000)
        due = [n * 2_000_000 for n in range(100)]
        self.worker.schedule(due)
        now = self.worker.ping()["now"]
        outcome = self.worker.run(run_id=2, start_at=now + 50_000_000, count=100, flush="end", drain_ms=5000)
        late = sorted(start - due[seq] for seq, start in zip(outcome.columns["seq"], outcome.columns["start"]))
        if late[0] < 0:
            raise Wrong(f"{-late[0]} ns before its time")
        return f"{late[98] / 1e6:.2f} ms"


CELLS = [
    "get", "echo", "status", "refused", "timeout", "closed", "garbage", "truncated", "stream", "kept", "not_kept",
    "redirects", "decode", "retries", "tls_refused", "tls_unverified", "tls_authority", "http2", "http3", "pool", "ends", "defaults",
    "open_loop",
]  # fmt: skip


def command_of(client, environments):
    """How to start a worker, or `None` when its environment is not installed."""
    if client["lang"] == "python":
        python = environments / "python" / client["name"] / "bin" / "python"
        if client["requires"] and not python.exists():
            return None
        file = ROOT / "python" / "dynamometer" / "workers" / client["file"]
        return [python if client["requires"] else sys.executable, file], clean_environment()
    if client["lang"] == "rust":
        binary = environments / "rust-target" / "release" / client["file"]
        return ([binary], clean_environment()) if binary.exists() else None
    modules = environments / "node" / client["name"] / "node_modules"
    if client["requires"] and not modules.exists():
        return None
    environment = {**clean_environment(), "DYNO_NODE_MODULES": str(modules)}
    return ["node", ROOT / "node" / "workers" / client["file"]], environment


def contest(client, command, environment, options, recorder):
    """Rows of one client: (name, mode, results by cell)."""
    with WorkerProcess(command, environment) as worker:
        hello = worker.hello
        expect((hello["name"], hello["modes"]), (client["name"], client["modes"]), "name, modes")
        for mode in hello["modes"]:
            cells = Contest(worker, mode, options.target, options.tls, recorder)
            results = {}
            for cell in options.cells:
                try:
                    results[cell] = getattr(cells, cell)()
                except Skipped as reason:
                    results[cell] = f"skipped: {reason}"
                except Wrong as wrong:
                    results[cell] = f"WRONG: {wrong}"
            yield f"{hello['name']} {hello['version']}", mode, results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environments", type=Path, default=ROOT / "target" / "clients")
    parser.add_argument("--target", default="http://127.0.0.1:8080")
    parser.add_argument("--tls", default="https://127.0.0.1:8443")
    parser.add_argument("--cells", nargs="*", default=CELLS, choices=CELLS)
    parser.add_argument("names", nargs="*", help="clients; all when none is named")
    options = parser.parse_args()
    clients = tomllib.loads((ROOT / "clients" / "contenders.toml").read_text())["client"]
    wrong = 0
    with Recorder() as recorder:
        for client in clients:
            if options.names and client["name"] not in options.names:
                continue
            started = command_of(client, options.environments)
            if started is None:
                print(f"{client['name']}: not installed, left out")
                continue
            try:
                for name, mode, results in contest(client, *started, options, recorder):
                    print(f"{name} {mode}")
                    for cell, result in results.items():
                        wrong += result.startswith("WRONG")
                        print(f"  {cell:15} {result}")
            except (WorkerError, Wrong) as failure:
                wrong += 1
                print(f"{client['name']}: FAILED: {failure}")
            sys.stdout.flush()
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
