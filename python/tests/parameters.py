"""Every parameter of a request, each proven by what the server saw, or refused by its name. Played by `contenders.py`.

What differs from one library to the next without being wrong, such as whether it resumes sessions of TLS, is what the
cell returns; `docs/client-parameters.md` has it.
"""

from playing import BODY_BYTES, REDIRECTS, TIMEOUT, TLS, Player, Wrong, expect, expect_column
from recorder import PIECE
from rules import fields_of

from dynamometer.host import Skipped

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
SIZES = [0, 1, 8192, 1 << 20]
STREAM_CHUNKS = 15  # of 8,192 bytes
STREAM_BYTES = STREAM_CHUNKS * 8192
OK = "yes"


class Parameters(Player):
    # The cell, what it is called on the page, and the fields that a refusal may begin with.
    CELLS = {
        "concurrency": ("`--lanes`", ["lanes"]),
        "duration": ("a duration", []),
        "total": ("a number of requests", []),
        "rate": ("`--rate`", []),
        "delay": ("`--delay`", ["delay_ns"]),
        "methods": ("methods", ["requests.method"]),
        "own_methods": ("methods of other standards", ["requests.method"]),
        "trace": ("`-X TRACE`", ["requests.method"]),
        "stream": ("`-X STREAM`", ["requests.method"]),
        "headers": ("`-H`", ["requests.headers"]),
        "body": ("`--data`", ["requests.body_b64"]),
        "sizes": ("sizes", []),
        "timeout": ("`--timeout 300ms`", ["timeout_ms"]),
        "timeout_of": ("`--timeout`", ["timeout_ms"]),
        "retries": ("`--retries`", ["retries"]),
        "lost": ("`--retries 0`", ["retries"]),
        "kept": ("keep-alive", ["keep_alive"]),
        "not_kept": ("`--disable-keepalive`", ["keep_alive"]),
        "not_followed": ("`--redirects 0`", ["redirects"]),
        "followed": ("`--redirects 3`", ["redirects"]),
        "followed_20": ("`--redirects 20`", ["redirects"]),
        "unverified": ("`-k`", ["tls.verify", "requests.url", "http"]),
        "verified": ("TLS", ["tls.verify", "requests.url", "http"]),
        "authority": ("`--cacert`", ["tls.ca_pem", "requests.url", "http"]),
        "resumed": ("sessions of TLS", ["tls.ca_pem", "requests.url", "http", "keep_alive"]),
        "http_1": ("`--http 1.1`", ["http"]),
        "http_1_tls": ("`--http 1.1` over TLS", ["http", "requests.url", "tls.verify"]),
        "http_2": ("`--http 2`", ["http"]),
        "http_2_tls": ("`--http 2` over TLS", ["http", "requests.url"]),
        "http_3": ("`--http 3`", ["http", "requests.url"]),
        "decode": ("decoding", ["decode"]),
    }
    # What is a fact of the library and neither right nor wrong.
    FACTS = ["stream", "timeout_of", "lost", "resumed"]

    def concurrency(self):
        self.recorder.reset()
        self.plain(self.recorder.url + "/together/4", count=12, lanes=4)
        expect(self.recorder.most_in_flight, 4, "most requests at once, with 4 lanes")
        return OK

    def duration(self):
        self.recorder.reset()
        self.setup([("GET", self.recorder.url + "/")], lanes=2)
        until = 200_000_000
        outcome = self.run(until_ns=until, start_at=self.worker.ping()["now"])
        starts, durations = outcome.columns["start"], outcome.columns["dur"]
        expect(len(self.recorder.heads), len(outcome), "requests that the server saw, as samples")
        # Each lane may have looked at the clock just before the end.
        late = [start for start in starts if start >= until]
        if len(late) > 2:
            raise Wrong(f"requests of 2 lanes that began after the end at {until} ns: expected 2 at most, seen {len(late)}")
        # A lane goes on until it has seen the end of the time; clocks of floating point round to microseconds.
        last = max(map(sum, zip(starts, durations)))
        if last < until - 10_000:
            raise Wrong(f"the last request ended {last} ns after the start, the end was at {until}")
        return OK

    def total(self):
        self.recorder.reset()
        self.plain(self.recorder.url + "/", count=37, lanes=4)
        expect(len(self.recorder.heads), 37, "requests that the server saw")
        return OK

    def rate(self):
        self.recorder.reset()
        self.setup([("GET", self.recorder.url + path) for path in ("/a", "/b")], lanes=4)
        due = [n * 5_000_000 for n in range(40)]
        which = [int(n % 4 == 3) for n in range(40)]
        self.worker.schedule(due, which)
        outcome = self.run(until_ns=60_000_000_000, start_at=self.worker.ping()["now"] + 20_000_000)
        expect(sorted(outcome.columns["seq"]), list(range(40)), "numbers of the samples")
        early = [seq for seq, start in zip(outcome.columns["seq"], outcome.columns["start"]) if start < due[seq]]
        expect(early, [], "requests before their time")
        paths = [line.split()[1] for line in self.recorder.lines()]
        expect((paths.count("/a"), paths.count("/b"), len(paths)), (30, 10, 40), "requests of each path")
        return OK

    def delay(self):
        self.recorder.reset()
        pause = 20_000_000
        self.plain(self.recorder.url + "/", count=5, lanes=1, delay_ns=pause)
        arrivals = self.recorder.arrivals
        shortest = min(after - before for before, after in zip(arrivals, arrivals[1:]))
        if shortest < pause:
            raise Wrong(f"two requests arrived {shortest} ns apart, with a pause of {pause}")
        return OK

    def methods(self):
        return self._methods(METHODS)

    def own_methods(self):
        return self._methods(["PROPFIND", "QUERY"])

    def trace(self):
        return self._methods(["TRACE"])

    def _methods(self, methods):
        self.recorder.reset()
        self.setup([(method, self.recorder.url + f"/{method}?a=1&b=%20") for method in methods])
        outcome = self.run(2 * len(methods))
        expect((set(outcome.columns["code"]), outcome.done["errors"]), ({200}, {}), "codes and errors")
        wanted = [f"{method} /{method}?a=1&b=%20 HTTP/1.1" for method in methods] * 2
        expect(self.recorder.lines(), wanted, "first lines")
        expect(set(self.recorder.bodies), {b""}, "bodies")
        return OK

    def stream(self):
        """Chunks of 8,192 bytes, or those that come: from a server that sends smaller pieces and stops once."""
        outcome = self.plain(self.recorder.url + f"/pieces/{STREAM_BYTES // len(PIECE)}", method="STREAM", count=12)
        expect(set(outcome.columns["rx"]), {STREAM_BYTES}, "rx")
        chunks = set(outcome.columns["chunks"])
        if min(chunks) < 1:
            raise Wrong(f"chunks of a body of {STREAM_BYTES} bytes: {sorted(chunks)}")
        return "8,192" if chunks == {STREAM_CHUNKS} else "as they come"

    def headers(self):
        self.recorder.reset()
        told = [
            ("x-one", "a b"), ("x-quoted", '"a, b"; c=d'), ("content-type", "application/x-test"), ("user-agent", "me/1"),
            ("accept", "text/x"), ("cookie", "a=b; c=d"), ("authorization", "Basic eDp5"),
        ]  # fmt: skip
        twice = [("x-two", "1"), ("x-two", "2")]
        self.plain(self.recorder.url + "/", method="POST", headers=told + twice, body=b"x", count=4)
        for head in self.recorder.heads:
            fields = fields_of(head)
            for name, value in told:
                expect([it for it in fields if it[0] == name], [(name, value)], "header field")
            # A list in one field or in two means the same.
            expect(", ".join(value for name, value in fields if name == "x-two"), "1, 2", "values of a field that is told twice")
        return OK

    def body(self):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            self.recorder.reset()
            outcome = self.plain(self.recorder.url + "/", method=method, body=BODY_BYTES, count=2)
            expect(set(self.recorder.bodies), {BODY_BYTES}, f"bodies of {method}")
            expect_column(outcome, "rx", [len(BODY_BYTES)] * 2, f"rx of {method}")
        return OK

    def sizes(self):
        """Of bodies in both directions."""
        self.recorder.reset()
        self.setup([("POST", self.recorder.url + "/size/10", (), b"x" * size) for size in SIZES])
        outcome = self.run(len(SIZES))
        expect([len(body) for body in self.recorder.bodies], SIZES, "bytes that the server received")
        expect_column(outcome, "tx", SIZES, "tx")
        self.setup([("GET", self.recorder.url + f"/size/{size}") for size in SIZES])
        outcome = self.run(len(SIZES))
        expect_column(outcome, "rx", SIZES, "rx")
        return OK

    def timeout(self):
        try:
            self._given_up(300)
        except Skipped:
            # Who counts in seconds has to know one.
            self._given_up(1000)
            raise
        return OK

    def _given_up(self, timeout_ms):
        self.recorder.reset()
        outcome = self.play(self.recorder.url + "/never", 2, timeout_ms=timeout_ms, retries=0)
        expect((set(outcome.columns["err"]), set(outcome.columns["code"])), ({TIMEOUT}, {0}), "err, code")
        expect(len(self.recorder.heads), 2, "requests that the server saw")

    def timeout_of(self):
        """Of the request or of each wait: a body that comes byte by byte for longer than the time limit, without a stop."""
        outcome = self.play(self.target.url + "/drip?numbytes=30&duration=900ms&delay=0", 1, 1, timeout_ms=600)
        seen = set(outcome.columns["err"]), set(outcome.columns["code"])
        if seen not in (({TIMEOUT}, {0}), ({0}, {200})):
            raise Wrong(f"err, code: expected a timeout or 200, seen {seen}")
        return "request" if seen[1] == {0} else "each wait"

    def retries(self):
        def tries(path, retries, err=None):
            self.recorder.reset()
            outcome = self.play(self.recorder.url + path, 2, 1, retries=retries)
            if err is not None:
                expect(set(outcome.columns["err"]) == {0}, err == 0, f"success of {path} with {retries} retries")
            return len(self.recorder.heads)

        expect(tries("/close", 0, err=1), 2, "tries of 2 requests without an answer, without retries")
        expect(tries("/close", 2, err=1), 6, "tries of 2 requests without an answer, with 2 retries")
        expect(tries("/odd", 1, err=0), 4, "tries of 2 requests that are answered at the second try")
        expect(tries("/status/500", 2), 2, "tries of 2 requests that are answered with 500")
        return OK

    def lost(self):
        """Whether it repeats by itself when a kept connection is closed instead of an answer, without retries."""
        self.recorder.reset()
        self.setup([("GET", self.recorder.url + path) for path in ("/", "/close")], retries=0)
        outcome = self.run(6)
        codes = dict(zip(outcome.columns["seq"], outcome.columns["code"]))
        expect([codes[seq] for seq in range(6)], [200, 0] * 3, "codes")
        seen = len(self.recorder.heads)
        if seen not in (6, 9):
            raise Wrong(f"requests that the server saw: expected 6, or 9 of a library that repeats each lost one, seen {seen}")
        return "no" if seen == 6 else "once"

    def kept(self):
        for lanes, most in ((1, 2), (4, 8)):
            self.recorder.reset()
            pool = {"pool": lanes} if self.profile == "defaults" else {}
            self.plain(self.recorder.url + "/", count=40, lanes=lanes, keep_alive=True, **pool)
            # Some libraries open one more while they wait for a busy one, which is a finding, not a fault of the worker.
            if self.recorder.connections > most:
                raise Wrong(f"connections for {lanes} lanes and 40 requests: expected {most} at most, seen {self.recorder.connections}")
        return OK

    def not_kept(self):
        self.recorder.reset()
        self.plain(self.recorder.url + "/", count=20, lanes=4, keep_alive=False)
        # Who opens the next one ahead has one too many on each lane at the end.
        if not 20 <= self.recorder.connections <= 24:
            raise Wrong(f"connections for 20 requests: expected 20 to 24, seen {self.recorder.connections}")
        return OK

    def not_followed(self):
        return self._redirects(0, [(2, 302, 0, 1)])

    def followed(self):
        return self._redirects(3, [(2, 200, 0, 3), (3, 200, 0, 4), (4, 0, REDIRECTS, 4)])

    def followed_20(self):
        return self._redirects(20, [(2, 200, 0, 3), (20, 200, 0, 21), (21, 0, REDIRECTS, 21)])

    def _redirects(self, most, cases):
        for there_are, code, err, asked in cases:
            self.recorder.reset()
            outcome = self.play(self.recorder.url + f"/redirect/{there_are}", 2, 1, redirects=most, retries=0)
            seen = set(outcome.columns["code"]), set(outcome.columns["err"]), len(self.recorder.heads) / 2
            expect(seen, ({code}, {err}, asked), f"code, err and requests each at {there_are} redirects, {most} allowed")
        return OK

    def unverified(self):
        self.plain(self.target.tls + "/json", count=4, tls={"verify": False})
        return OK

    def verified(self):
        """After a client that does not verify: what that one was told must be forgotten."""
        try:
            self.play(self.target.tls + "/json", 2, tls={"verify": False})
        except Skipped:
            pass  # then there is nothing to forget
        outcome = self.play(self.target.tls + "/json", 2, tls={"verify": True})
        expect((set(outcome.columns["err"]), set(outcome.columns["code"])), ({TLS}, {0}), "err, code of an unknown authority")
        return OK

    def authority(self):
        self.plain(self.target.tls + "/json", count=4, tls={"verify": True, "ca_pem": self.target.ca_pem})
        outcome = self.play(self.target.tls + "/json", 2, tls={"verify": True})
        expect(set(outcome.columns["err"]), {TLS}, "err without it, afterwards")
        return OK

    def resumed(self):
        """Whether connections after the first take the session of one before."""
        tag = self.tag()
        url, tls = f"{self.target.tls}/json?run={tag}", {"verify": True, "ca_pem": self.target.ca_pem}
        self.plain(url, count=10, lanes=1, keep_alive=False, tls=tls)
        seen = self.target.ledger(tag)["tls"]
        expect(seen["handshakes"], 10, "handshakes of 10 requests without keep-alive")
        resumed = seen["resumed"]
        # The first has none to take. Who keeps sessions only until memory is tidied up may find one now and then.
        if 2 < resumed < 8:
            raise Wrong(f"resumed sessions of 10 connections: expected 2 at most, or 8 at least, seen {resumed}")
        return "resumed" if resumed >= 8 else "new"

    def http_1(self):
        return self._version("1.1", self.target.url)

    def http_1_tls(self):
        return self._version("1.1", self.target.tls, tls={"verify": False})

    def http_2(self):
        return self._version("2", self.target.url)

    def http_2_tls(self):
        return self._version("2", self.target.tls, tls={"verify": False})

    def http_3(self):
        return self._version("3", self.target.tls, tls={"verify": False})

    def _version(self, version, origin, **setup):
        tag = self.tag()
        self.plain(f"{origin}/bytes/1000?run={tag}", count=20, lanes=1, http=version, **setup)
        seen = {head["version"]: head["requests"] for head in self.target.ledger(tag)["heads"]}
        expect(seen, {f"HTTP/{version}": 20}, "requests by version, as the server saw them")
        return OK

    def decode(self):
        """The same file both ways: as long for the caller, shorter on the wire when it was compressed."""
        sent = {}
        for decode in (False, True):
            tag = self.tag()
            outcome = self.plain(f"{self.target.url}/static/app.js?run={tag}", count=2, decode=decode)
            sent[decode] = self.target.ledger(tag)["bytes_sent"], set(outcome.columns.get("rx", ()))
        expect(sent[True][1], sent[False][1], "rx of the decoded body")
        if sent[True][0] >= sent[False][0]:
            raise Wrong(f"bytes on the wire: expected fewer with decode, seen {sent[True][0]}, without {sent[False][0]}")
        return OK
