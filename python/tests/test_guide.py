"""The examples of the guide are run: names that a page uses freely are given here."""

import pathlib
import re
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

PAGE = (ROOT / "docs" / "guide" / "python.md").read_text(encoding="utf-8")


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b'{"ok": true}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Reply:
    def json(self):
        return {"ok": True}


class Guide(unittest.TestCase):
    def setUp(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self.server.server_port}"

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def example(self, start):
        """The block of the page that begins with `start`, against a server of this test."""
        blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
        block = next((block for block in blocks if block.startswith(start)), None)
        self.assertIsNotNone(block, f"the page has no block that starts with {start!r}")
        return block.replace("127.0.0.1:8080", self.address)

    def test_timing_in_passing(self):
        class Session:
            def get(self, url):
                return Reply()

        names = {"session": Session(), "urls": ["a", "b"], "print": lambda text: None}
        exec(self.example("from dynamometer import benchmark, span"), names)
        self.assertEqual(names["fetch"].stats().calls, 2)
        self.assertEqual(names["fetch"]("c"), {"ok": True})

    def test_one_client(self):
        example = self.example("from dynamometer import BenchmarkConfiguration")
        # A library that needs no installing, and a second instead of ten.
        example = example.replace('client_library="httpx"', 'client_library="stdlib"')
        example = example.replace("duration_seconds=10", "duration_seconds=1")
        names = {"print": lambda *figures: None}
        with tempfile.TemporaryDirectory() as folder:
            exec(example.replace("results.db", f"{folder}/results.db"), names)
        self.assertGreater(names["result"].requests_per_second, 0)


if __name__ == "__main__":
    unittest.main()
