"""The workers that need no library, on the wire: what the others are held to by contenders.py."""

import base64
import socket
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from dynamometer.engine.failures import BODY, CONNECT, OTHER, PROTOCOL, REDIRECTS, RESET, TIMEOUT, TLS, classify  # noqa: E402
from dynamometer.host import Skipped, WorkerProcess  # noqa: E402
from recorder import Recorder  # noqa: E402

WORKERS = HERE.parent / "dynamometer" / "workers"


class OnTheWire(unittest.TestCase):
    def setUp(self):
        self.recorder = Recorder()
        self.addCleanup(self.recorder.close)

    def play(self, url, count=6, method="GET", body=b"", headers=(), **fields):
        asked = {"method": method, "url": url, "headers": headers, "body_b64": base64.b64encode(body).decode()}
        self.worker.setup(mode=self.mode, requests=[asked], **{"lanes": 2, "timeout_ms": 5000, **fields})
        return self.worker.run(run_id=1, count=count)

    def each(self):
        for file in ("stdlib", "raw"):
            with WorkerProcess([sys.executable, WORKERS / f"{file}_worker.py"]) as worker:
                for mode in worker.hello["modes"]:
                    with self.subTest(file, mode=mode):
                        self.worker, self.mode = worker, mode
                        self.recorder.reset()
                        yield

    def test_body_and_headers_arrive_byte_for_byte(self):
        body = bytes(range(256)) * 40
        for _ in self.each():
            outcome = self.play(self.recorder.url + "/a?b=c", method="POST", body=body, headers=[["X-One", "1"], ["x-one", "2"]])
            self.assertEqual((set(outcome.columns["code"]), set(outcome.columns["rx"])), ({200}, {len(body)}))
            self.assertEqual(set(self.recorder.bodies), {body})
            head = self.recorder.heads[0]
            self.assertTrue(head.startswith(b"POST /a?b=c HTTP/1.1\r\n"), head)
            self.assertEqual([head.count(it) for it in (b"X-One: 1\r\n", b"x-one: 2\r\n", b"user-agent: dyno")], [1, 1, 1])

    def test_connections_are_kept_unless_told_otherwise(self):
        for _ in self.each():
            self.play(self.recorder.url, 20)
            self.assertLessEqual(self.recorder.connections, 2)
            self.recorder.reset()
            self.play(self.recorder.url, 20, keep_alive=False)
            self.assertEqual(self.recorder.connections, 20)

    def test_a_pool_that_cannot_be_is_skipped(self):
        for _ in self.each():
            with self.assertRaisesRegex(Skipped, "^pool: a connection belongs to each lane"):
                self.play(self.recorder.url, pool=1)

    def test_defaults_leave_headers_to_the_library(self):
        for _ in self.each():
            self.play(self.recorder.url, profile="defaults")
            self.assertNotIn(b"user-agent", self.recorder.heads[0].lower())

    def test_failures_are_told_apart(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        unused = socket.socket()
        unused.bind(("127.0.0.1", 0))
        self.addCleanup(unused.close)
        address = "http://127.0.0.1:%d/"
        for _ in self.each():
            for url, kind, timeout_ms in (
                (address % unused.getsockname()[1], CONNECT, 5000),
                (address % silent.getsockname()[1], TIMEOUT, 150),
                (self.recorder.url + "/close", RESET, 5000),
            ):
                outcome = self.play(url, 2, timeout_ms=timeout_ms)
                self.assertEqual((set(outcome.columns["code"]), set(outcome.columns["err"])), ({0}, {kind}), url)
            self.assertEqual(set(self.play(self.recorder.url + "/status/503", 2).columns["code"]), {503})

    def test_a_stream_is_read_in_chunks(self):
        for _ in self.each():
            outcome = self.play(self.recorder.url, 2, method="STREAM", body=bytes(50_000))
            self.assertEqual(set(outcome.columns["rx"]), {50_000})
            # Of 8,192 bytes each; a socket may give less at a time.
            self.assertGreaterEqual(min(outcome.columns["chunks"]), 7)


def made(name, module="lib", text="", cause=None):
    failure = type(name, (Exception,), {"__module__": module})(text)
    failure.__cause__ = cause
    return failure


class Classes(unittest.TestCase):
    def test_exceptions_of_libraries(self):
        curl = made("error", "pycurl")
        curl.args = (28, "Operation timed out")
        cases = (
            (made("ConnectTimeout"), TIMEOUT),
            (made("ConnectError", cause=ConnectionRefusedError(111, "refused")), CONNECT),
            (made("ConnectionError", cause=made("SSLError")), TLS),
            (made("TooManyRedirects"), REDIRECTS),
            (made("RemoteProtocolError", text="Server disconnected without sending a response."), RESET),
            (made("RemoteProtocolError", text="peer closed connection without sending complete message body"), BODY),
            (made("RemoteProtocolError", text="illegal status line"), PROTOCOL),
            (made("RequestError", text="error sending request for url (http://h/reset-refused-ssl)"), OTHER),
            (made("RequestError", text="tcp connect error > Connection refused (os error 111)"), CONNECT),
            (made("ConnectionError", text="source: Error { code: SSL (1), cause: CERTIFICATE_VERIFY_FAILED }"), TLS),
            (made("BodyError", text="is_body error: wreq::Error { kind: Body, source: TimedOut }"), TIMEOUT),
            (curl, TIMEOUT),
            (made("Whatever"), OTHER),
            (ConnectionResetError(104, "reset"), RESET),
        )
        for failure, kind in cases:
            with self.subTest(repr(failure)):
                word = "error 28" if failure is curl else type(failure).__name__
                self.assertEqual(classify(failure), (kind, word))


if __name__ == "__main__":
    unittest.main()
