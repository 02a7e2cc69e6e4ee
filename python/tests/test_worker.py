"""The loop of workers, as a host sees it: every message of docs/worker-protocol.md."""

import base64
import functools
import json
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from dynamometer.engine.run import Run  # noqa: E402
from dynamometer.engine.settings import Setup  # noqa: E402
from dynamometer.host import Skipped, WorkerError, WorkerProcess, clean_environment  # noqa: E402

SCRIPTED = [sys.executable, HERE / "scripted_worker.py"]


def request(action, method="GET", body=b""):
    return {"method": method, "url": f"x://{action}", "body_b64": base64.b64encode(body).decode(), "later": "ignored"}


def in_both_modes(test):
    @functools.wraps(test)
    def run(self):
        for mode in ("sync", "async"):
            with self.subTest(mode):
                test(self, mode)

    return run


class Worker(unittest.TestCase):
    """One process for all tests of the class: a new setup has to replace the old one anyway."""

    @classmethod
    def setUpClass(cls):
        cls.worker = WorkerProcess(SCRIPTED)

    @classmethod
    def tearDownClass(cls):
        cls.worker.close()

    def ready(self, *requests, mode="sync", **fields):
        self.worker.setup(mode=mode, requests=list(requests), unknown_field=1, **{"lanes": 2, **fields})

    def next(self, kind):
        """The next message of a kind, errors included."""
        while True:
            message = self.worker.receive()
            if message["t"] == kind:
                return message

    def play(self, *requests, mode="sync", run=None, **fields):
        self.ready(*requests, mode=mode, **fields)
        return self.worker.run(run_id=5, **(run or {"count": 10}))

    def test_hello_says_who_it_is(self):
        hello = self.worker.hello
        self.assertEqual((hello["proto"], hello["name"], hello["version"]), ([1, 1], "scripted", "1.2.3"))
        self.assertEqual((hello["modes"], hello["http"], hello["pid"]), (["sync", "async"], ["1.1", "2"], self.worker.process.pid))
        self.assertLessEqual(abs(hello["now"] - time.monotonic_ns()), 600e9)

    def test_ping_is_answered_with_the_clock(self):
        before = time.monotonic_ns()
        pong = self.worker.ping(7)
        self.assertEqual(pong["id"], 7)
        self.assertTrue(before <= pong["now"] <= time.monotonic_ns())

    @in_both_modes
    def test_a_closed_loop_takes_requests_in_turn(self, mode):
        outcome = self.play(request("ok:5"), request("ok:9", "POST", b"abc"), mode=mode, run={"count": 101})
        rows = sorted(zip(outcome.columns["seq"], outcome.columns["rx"], outcome.columns["tx"]))
        self.assertEqual(rows, [(seq, 9 if seq % 2 else 5, 3 if seq % 2 else 0) for seq in range(101)])
        self.assertEqual(set(outcome.columns["code"]), {200})
        self.assertEqual((outcome.done["sent"], outcome.done["count"], outcome.done["run_id"]), (101, 101, 5))
        last_end = max(start + dur for start, dur in zip(outcome.columns["start"], outcome.columns["dur"]))
        self.assertEqual(outcome.done["wall"], last_end)
        self.assertGreater(outcome.done["maxrss"], 1_000_000)
        self.assertGreater(outcome.done["utime"] + outcome.done["stime"], 0)

    def test_a_run_within_a_run_is_refused(self):
        self.ready(request("sleep:300"), lanes=1)
        self.worker.send("run", run_id=1, count=1)
        self.worker.send("run", run_id=2, count=1)
        self.assertIn("run 2 came before run 1 was done", self.next("error")["msg"])
        self.assertEqual(self.worker.wait_for("done")["run_id"], 1)

    @in_both_modes
    def test_time_ends_a_run(self, mode):
        outcome = self.play(request("sleep:5"), mode=mode, run={"until_ns": 300_000_000, "drain_ms": 5000})
        self.assertLess(max(outcome.columns["start"]), 300_000_000)
        self.assertEqual(outcome.done["sent"], outcome.done["count"])

    @in_both_modes
    def test_an_open_loop_waits_for_each_start(self, mode):
        self.ready(request("ok:1"), request("ok:2"), mode=mode, lanes=4)
        due = [n * 3_000_000 for n in range(20)]
        self.worker.schedule(due, [1] * 20)
        start_at = self.worker.ping()["now"] + 20_000_000
        outcome = self.worker.run(run_id=1, count=20, start_at=start_at)
        self.assertEqual(set(outcome.columns["rx"]), {2})
        late = [start - due[seq] for seq, start in zip(outcome.columns["seq"], outcome.columns["start"])]
        self.assertEqual((len(late), min(late) >= 0), (20, True))
        self.assertGreaterEqual(max(it["lag_max"] for it in outcome.progress), max(late) - 1)
        # The schedule was for that run alone: the next one is a closed loop again.
        again = self.worker.run(run_id=2, count=4)
        self.assertEqual(sorted(again.columns["rx"]), [1, 1, 2, 2])

    @in_both_modes
    def test_busy_lanes_are_counted_not_hidden(self, mode):
        self.ready(request("sleep:20"), mode=mode, lanes=1)
        self.worker.schedule([0, 1_000_000, 2_000_000])
        outcome = self.worker.run(run_id=1, count=3, start_at=self.worker.ping()["now"] + 10_000_000)
        self.assertEqual(outcome.done["lanes_busy"], 2)
        self.assertGreater(sorted(outcome.columns["start"])[2], 39_000_000)

    @in_both_modes
    def test_failures_have_a_class_and_the_librarys_word(self, mode):
        cases = (("ConnectionRefusedError", 1), ("TimeoutError", 3), ("ValueError", 8))
        for name, kind in cases:
            outcome = self.play(request(f"raise:{name}"), mode=mode, run={"count": 4})
            self.assertEqual((list(outcome.columns["code"]), list(outcome.columns["err"])), ([0] * 4, [kind] * 4))
            self.assertEqual(outcome.done["errors"], {name: 4})

    def test_retries_belong_to_one_request(self):
        self.assertEqual(self.play(request("again"), lanes=1, retries=1, run={"count": 2}).done["errors"], {})

    @in_both_modes
    def test_a_pause_follows_each_request(self, mode):
        outcome = self.play(request("ok"), mode=mode, lanes=1, delay_ns=5_000_000, run={"count": 4})
        starts = sorted(outcome.columns["start"])
        self.assertTrue(all(b - a >= 5_000_000 for a, b in zip(starts, starts[1:])), starts)

    @in_both_modes
    def test_a_warm_up_reports_no_samples(self, mode):
        outcome = self.play(request("ok:3"), mode=mode, run={"count": 8, "record": False})
        self.assertEqual((len(outcome), outcome.done["sent"], outcome.done["count"]), (0, 8, 0))

    @in_both_modes
    def test_live_flush_loses_nothing(self, mode):
        self.ready(request("sleep:1"), mode=mode)
        self.worker.send("run", run_id=1, until_ns=1_400_000_000, flush="live")
        seqs, before_done, message = [], 0, {"t": ""}
        while message["t"] != "done":
            message = self.worker.receive()
            if message["t"] == "samples":
                seqs += memoryview(base64.b64decode(message["seq"])).cast("I")
                before_done += 1
        self.assertGreaterEqual(before_done, 2)
        self.assertEqual(sorted(seqs), list(range(message["count"])))

    @in_both_modes
    def test_stop_drains_and_abort_does_not(self, mode):
        for word, finished in (("stop", 2), ("abort", 0)):
            self.ready(request("sleep:1500"), mode=mode)
            self.worker.send("run", run_id=1, until_ns=60_000_000_000, drain_ms=5000)
            while self.worker.wait_for("progress")["inflight"] < 2:
                pass
            self.worker.send(word)
            done = self.worker.wait_for("done")
            self.assertEqual((done["sent"], done["count"]), (2, finished), word)

    @in_both_modes
    def test_the_drain_has_an_end(self, mode):
        self.ready(request("sleep:3000"), mode=mode)
        outcome = self.worker.run(run_id=1, until_ns=500_000_000, drain_ms=100)
        self.assertEqual((outcome.done["sent"], len(outcome)), (2, 0))

    def test_mark_cuts_a_window_without_stopping(self):
        self.ready(request("sleep:5"))
        self.worker.send("run", run_id=1, count=400)
        while self.worker.wait_for("progress")["done"] == 0:
            pass
        self.worker.send("mark", id=9)
        window = self.worker.wait_for("window")
        self.assertEqual(window["id"], 9)
        self.assertTrue(0 < window["done"] < 400)
        self.assertIn("utime", window)
        self.assertEqual(self.worker.wait_for("done")["count"], 400)

    def test_a_library_that_prints_breaks_nothing(self):
        self.assertEqual(self.play(request("print"), run={"count": 3}).done["count"], 3)

    def test_chunks_and_details_are_columns(self):
        outcome = self.play(request("x", "STREAM"), run={"count": 3})
        self.assertEqual((list(outcome.columns["chunks"]), list(outcome.columns["rx"])), ([3] * 3, [20_000] * 3))
        outcome = self.play(request("ok:1"), mode="async", run={"count": 3})
        self.assertEqual((list(outcome.columns["ttfb"]), list(outcome.columns["new"])), ([7] * 3, [1] * 3))

    def test_what_cannot_be_honoured_is_skipped_by_name(self):
        https = {"url": "https://localhost/"}
        cases = (
            ("http", request("ok"), {"http": "3"}),
            ("mode", request("ok"), {"mode": "parallel"}),
            ("redirects", request("ok"), {"redirects": 2}),
            ("decode", request("ok"), {"decode": True}),
            ("tls.verify", https, {"tls": {"verify": False}}),
            ("tls.ca_pem", https, {"tls": {"ca_pem": "-"}}),
            ("keep_alive", request("ok"), {"http": "2", "keep_alive": False}),
        )
        for field, asked, fields in cases:
            with self.subTest(field), self.assertRaisesRegex(Skipped, f"^{field}: "):
                self.ready(asked, **fields)

    def test_wrong_setups_say_what_is_wrong(self):
        cases = (
            ("lanes is 0; it must be a whole number from 1 to 10000", request("ok"), {"lanes": 0}),
            ("profile is 'fast'", request("ok"), {"profile": "fast"}),
            ("requests.url is 'here'", {"url": "here"}, {}),
            ("cannot be made", request("broken"), {}),
        )
        for words, asked, fields in cases:
            with self.subTest(words), self.assertRaisesRegex(WorkerError, words):
                self.ready(asked, **fields)
        with self.assertRaisesRegex(WorkerError, "run came before a setup"):
            self.worker.run(run_id=1, count=1)

    @in_both_modes
    def test_lanes_are_many(self, mode):
        outcome = self.play(request("sleep:30"), mode=mode, lanes=300, run={"count": 300})
        self.assertEqual(len(outcome), 300)
        # Together, not one after the other.
        self.assertLess(outcome.done["wall"], 300 * 30_000_000 / 4)

    @unittest.skipUnless(os.path.isdir("/proc/self/task"), "needs /proc")
    @in_both_modes
    def test_a_setup_leaves_no_threads_and_no_files_to_the_next(self, mode):
        proc = Path("/proc", str(self.worker.process.pid))

        def files():
            self.play(request("ok"), mode=mode, lanes=100, run={"count": 100})
            # With one lane the others have to end, which the system may notice a moment later.
            self.ready(request("ok"), mode=mode, lanes=1)
            give_up = time.monotonic() + 20
            while len(list((proc / "task").iterdir())) > 5:
                self.assertLess(time.monotonic(), give_up, "threads of the old setup are still there")
            return len(list((proc / "fd").iterdir()))

        first = files()
        self.assertEqual([files() for _ in range(3)], [first] * 3)

    @unittest.skipUnless(os.path.isdir("/proc/self"), "needs /proc")
    def test_a_worker_may_open_as_many_files_as_the_system_allows(self):
        limits = Path("/proc", str(self.worker.process.pid), "limits").read_text()
        soft, hard = next(line for line in limits.splitlines() if line.startswith("Max open files")).split()[3:5]
        self.assertEqual(soft, hard)


class Conducting(unittest.TestCase):
    def test_the_next_run_may_come_as_soon_as_done_is_said(self):
        setup = Setup.read({"requests": [request("ok")]})
        run = Run(setup, {"count": 1}, None, has_detail=False)
        told = {}

        class Wire:
            def send(self, kind, **_):
                told[kind] = run.is_told

        run.end_lane()
        run.conduct(Wire(), give_up=lambda: None)
        self.assertEqual(told, {"progress": False, "done": True})


class Ends(unittest.TestCase):
    def start(self):
        return subprocess.Popen(
            list(map(str, SCRIPTED)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_environment()
        )

    def test_the_end_of_stdin_is_bye(self):
        for farewell in (b"", b'{"t":"bye"}\n', b'not json\n{"t":"whatever"}\n[1]\n'):
            with self.subTest(farewell), self.start() as process:
                output, _ = process.communicate(farewell, timeout=20)
                self.assertEqual(json.loads(output.splitlines()[-1])["t"], "bye")
                self.assertEqual(process.returncode, 0)

    def test_sigterm_exits_at_once(self):
        with self.start() as process:
            self.assertEqual(json.loads(process.stdout.readline())["t"], "hello")
            process.send_signal(signal.SIGTERM)
            self.assertNotEqual(process.wait(20), 0)

    def test_a_crash_is_told_with_its_signal(self):
        with WorkerProcess(SCRIPTED) as worker:
            worker.setup(requests=[request("exit")])
            with self.assertRaisesRegex(WorkerError, "SIGABRT"):
                worker.run(run_id=1, count=1)

    def test_a_missing_library_is_an_answer_not_a_crash(self):
        file = HERE.parent / "dynamometer" / "workers" / "requestx_worker.py"
        with WorkerProcess([sys.executable, file]) as worker:
            self.assertEqual(worker.hello["version"], "")
            with self.assertRaises((WorkerError, Skipped)) as caught:
                worker.setup(requests=[request("ok")])
            self.assertRegex(str(caught.exception), "cannot import requestx|needs Python")

    def test_a_host_that_cannot_start_it_says_so(self):
        with self.assertRaisesRegex(WorkerError, "cannot start the worker `./nowhere`"):
            WorkerProcess(["./nowhere"])


class Environment(unittest.TestCase):
    def test_a_worker_sees_no_proxies(self):
        os.environ["HTTP_PROXY"] = "http://proxy.invalid:3128"
        self.addCleanup(os.environ.pop, "HTTP_PROXY")
        self.assertLessEqual(
            set(clean_environment()), {"PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
        )

    def test_a_worker_finds_the_sdk_and_nothing_beside_it(self):
        self.assertEqual(os.listdir(clean_environment()["PYTHONPATH"]), ["dynamometer"])


if __name__ == "__main__":
    unittest.main()
