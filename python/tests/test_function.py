"""Functions of the user's own as workers: what they may return, what they are told, how they fail."""

import os
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from dynamometer.host import Skipped, WorkerError, WorkerProcess, clean_environment  # noqa: E402

WORKER = HERE.parent / "dynamometer" / "workers" / "_function.py"


class Functions(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def worker(self, source, name="f"):
        """A worker of a function in a module of this source; `dir` of the user is on the search path."""
        Path(self.folder, "mine.py").write_text(textwrap.dedent(source), encoding="utf-8")
        start = "import os, runpy, sys; os.chdir(sys.argv.pop(1)); del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"
        worker = WorkerProcess([sys.executable, "-c", start, self.folder, WORKER, f"mine:{name}"], clean_environment())
        self.addCleanup(worker.close)
        return worker

    def play(self, source, count=4, **fields):
        worker = self.worker(source)
        mode = worker.hello["modes"][0]
        worker.setup(mode=mode, requests=[{"method": "GET", "url": "x://asked/"}], **{"lanes": 2, **fields})
        start_at = worker.ping()["now"] + 1_000_000
        return worker.run(run_id=1, start_at=start_at, count=count, flush="end")

    def test_what_a_function_returns_is_its_status_and_its_body(self):
        for value, code, size in (
            ("None", 200, 0), ("204", 204, 0), ("503", 503, 0), ("b'four'", 200, 4), ("'größe'", 200, 7),
            ("(201, b'abc')", 201, 3), ("(404, 'nö')", 404, 3), ("True", 200, 0), ("42", 200, 0), ("{'a': 1}", 200, 0),
            ("type('R', (), {'status_code': 302, 'content': b'12345'})()", 302, 5),
            ("type('R', (), {'status': 206, 'content': 'not read'})()", 206, 0),
            ("type('R', (), {'status_code': 200, 'content': property(lambda self: 1 / 0)})()", 200, 0),
        ):  # fmt: skip
            for kind in ("def", "async def"):
                with self.subTest(value=value, kind=kind):
                    outcome = self.play(f"{kind} f(url):\n    return {value}\n")
                    self.assertEqual(list(outcome.columns["code"]), [code] * 4)
                    self.assertEqual(list(outcome.columns["rx"]), [size] * 4)

    def test_an_exception_is_a_failure_of_its_class(self):
        outcome = self.play("def f(url):\n    raise ConnectionRefusedError('nobody there')\n")
        self.assertEqual(list(outcome.columns["code"]), [0] * 4)
        self.assertEqual(list(outcome.columns["err"]), [1] * 4)
        self.assertEqual(outcome.done["errors"], {"ConnectionRefusedError": 4})

    def test_an_awaitable_of_a_plain_function_is_a_failure_that_says_so(self):
        outcome = self.play("async def g(): pass\ndef f(url): return g()\n")
        self.assertEqual(outcome.done["errors"], {"TypeError": 4})

    def test_the_url_is_the_only_argument(self):
        source = """
            import sys
            def f(*arguments):
                return 200 if arguments == ("x://asked/",) else 500
        """
        self.assertEqual(list(self.play(source).columns["code"]), [200] * 4)
        self.assertEqual(list(self.play("def f(): return 200\n").columns["code"]), [200] * 4)

    def test_a_decorated_function_is_timed_in_passing_as_well_and_writes_nothing(self):
        source = """
            from dynamometer import benchmark
            @benchmark(gate="p99 < 1s", record="record.json")
            def f(url):
                return min(200, 100 + f.stats().calls)
        """
        # Of each call the decorator knows those before it.
        self.assertEqual(sorted(self.play(source, lanes=1).columns["code"]), [100, 101, 102, 103])
        self.assertEqual(os.listdir(self.folder), ["mine.py"])

    def test_what_cannot_be_told_to_a_function_is_skipped_by_name(self):
        get = {"method": "GET", "url": "x://asked/"}
        for fields, expected in (
            ({"requests": [{**get, "method": "POST"}]}, "requests.method"),
            ({"requests": [{**get, "headers": [["x-a", "1"]]}]}, "requests.headers"),
            ({"requests": [{**get, "headers": [["accept", "text/html"]]}]}, "requests.headers"),
            ({"requests": [{**get, "body_b64": "YQ=="}]}, "requests.body"),
            ({"requests": [{**get, "method": "STREAM"}]}, "requests.method"),
            ({"requests": [get], "keep_alive": False}, "keep_alive"),
            ({"requests": [get], "redirects": 3}, "redirects"),
            ({"requests": [get], "http": "2"}, "http"),
            ({"requests": [get], "mode": "async"}, "mode"),
        ):
            with self.subTest(expected):
                worker = self.worker("def f(url): return 200\n")
                with self.assertRaises(Skipped) as raised:
                    worker.setup(**{"mode": "sync", "lanes": 1, **fields})
                self.assertTrue(str(raised.exception).startswith(expected), raised.exception)

    def test_a_module_that_prints_does_not_disturb_the_conversation(self):
        source = """
            import sys
            print('{"t":"hello","name":"not me"}')
            def f(url):
                print("more")
                return 200
        """
        worker = self.worker(source)
        self.assertEqual(worker.hello["name"], "py:mine:f")
        self.assertEqual(list(self.play(source).columns["code"]), [200] * 4)

    def test_a_function_that_cannot_be_had_says_why_at_setup(self):
        worker = self.worker("import nothing_like_that\n")
        with self.assertRaises(WorkerError) as raised:
            worker.setup(mode="sync", lanes=1, requests=[{"method": "GET", "url": "x://asked/"}])
        self.assertIn("No module named 'nothing_like_that'", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
