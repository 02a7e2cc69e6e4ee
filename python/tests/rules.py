"""The rules of a worker that no parameter changes: which class a failure has, how a run ends. Played by `contenders.py`."""

import socket

from playing import BODY, BODY_BYTES, CONNECT, RESET, Player, Wrong, expect, expect_column


class Rules(Player):
    CELLS = ["get", "echo", "status", "refused", "closed", "garbage", "truncated", "pool", "ends", "defaults", "punctual"]

    def get(self):
        for lanes, count in ((1, 20), (8, 40), (64, 128)):
            outcome = self.plain(self.target.url + "/bytes/1000", count=count, lanes=lanes)
            expect_column(outcome, "rx", [1000] * count, f"rx at {lanes} lanes")
        return "1/8/64"

    def echo(self):
        """What is sent beside what was told, which in `matched` is as little as the library allows."""
        self.recorder.reset()
        told = [("x-one", "a b"), ("content-type", "application/x-test")]
        self.plain(self.recorder.url + "/echo", method="POST", headers=told, body=BODY_BYTES)
        own = set()
        for head in self.recorder.heads:
            fields = fields_of(head)
            for name, value in told + [("user-agent", "dyno"), ("accept", "*/*"), ("accept-encoding", "identity")]:
                expect([it for it in fields if it[0] == name], [(name, value)], "header")
            own |= {name for name, _ in fields} - {it[0] for it in told}
        own -= {"connection"} if self.always else set()
        own -= {"user-agent", "accept", "accept-encoding", "host", "content-length"}
        return "ok" if not own else "+" + ",".join(sorted(own))

    def status(self):
        outcome = self.play(self.target.url + "/status/500")
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
        # The engine has one class for connections that close too early, before an answer or in it.
        expect(set(outcome.columns["err"]), {BODY if self.worker.hello["name"] == "dyno" else RESET}, "err")
        return next(iter(outcome.done["errors"]))

    def garbage(self):
        outcome = self.play(self.target.url + "/fault/garbage", 2)
        expect(set(outcome.columns["code"]), {0}, "code")
        return f"err {sorted(set(outcome.columns['err']))}"

    def truncated(self):
        for method in ("STREAM", "GET"):
            outcome = self.play(self.target.url + "/fault/truncate?at=10", 2, method=method)
            expect(set(outcome.columns["code"]), {0}, f"code of {method}")
        return f"err {sorted(set(outcome.columns['err']))}"

    def ends(self):
        """`stop` waits for what is in flight, `abort` does not, and the client can be used afterwards."""
        for word, count in (("stop", 4), ("abort", 0)):
            self.setup([("GET", self.target.url + "/delay/1s")], lanes=4)
            self.worker.send("run", run_id=1, until_ns=60_000_000_000, drain_ms=5000)
            while self.worker.wait_for("progress")["inflight"] < 4:
                pass
            self.worker.send(word)
            done = self.worker.wait_for("done")
            expect((done["count"], done["errors"]), (count, {}), f"done.count, done.errors after {word}")
        self.plain(self.target.url + "/bytes/1000")
        return "ok"

    def pool(self):
        """One connection to keep for four lanes, or refused by name. How many are opened is the library's notion.

        Failures are told and not judged: httpcore's pool is known to break under threads that share connections.
        """
        self.recorder.reset()
        outcome = self.play(self.recorder.url + "/", 40, 4, pool=1)
        return str(self.recorder.connections) + "".join(f", {count} {word}" for word, count in outcome.done["errors"].items())

    def defaults(self):
        outcome = self.plain(self.target.url + "/bytes/1000", count=40, lanes=8, profile="defaults")
        expect_column(outcome, "rx", [1000] * 40, "rx")
        return "ok"

    def punctual(self):
        """How late the requests of an open loop are, which nobody judges here: the machine may be busy."""
        self.setup([("GET", self.target.url + "/plaintext")], lanes=8)
        self.worker.run(run_id=1, count=100, record=False, drain_ms=5000)
        due = [n * 2_000_000 for n in range(100)]
        self.worker.schedule(due)
        outcome = self.run(100, start_at=self.worker.ping()["now"] + 50_000_000)
        late = sorted(start - due[seq] for seq, start in zip(outcome.columns["seq"], outcome.columns["start"]))
        if late[0] < 0:
            raise Wrong(f"{-late[0]} ns before its time")
        return f"{late[98] / 1e6:.2f} ms"


def fields_of(head):
    """The header fields of a request: lower-case names with their values."""
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    return [(name.strip().lower().decode(), value.strip().decode()) for name, _, value in lines]
