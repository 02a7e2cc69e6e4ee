"""Benchmarks through worker processes, their results, and where they are kept."""

import asyncio
import importlib.metadata
import importlib.util
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from dynamometer import AsyncBenchmarkRunner, BenchmarkConfiguration, BenchmarkRunner, ResultStorage, benchmark, benchmark_function  # noqa: E402
from dynamometer.runner import UnsupportedError  # noqa: E402
from dynamometer.settings import Settings  # noqa: E402
from dynamometer.storage import StorageError  # noqa: E402
from recorder import Recorder  # noqa: E402


class WithServer(unittest.TestCase):
    def setUp(self):
        self.recorder = Recorder()
        self.addCleanup(self.recorder.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def config(self, path="/", **fields):
        return BenchmarkConfiguration(self.recorder.url + path, **{"client_library": "stdlib", "concurrency": 3, "timeout": 5, **fields})


class Running(WithServer):
    def test_a_number_of_requests_with_body_and_headers(self):
        for library in ("stdlib", "raw"):
            with self.subTest(library):
                self.recorder.reset()
                config = self.config(
                    "/a", client_library=library, http_method="post", body="häuser", headers={"X-One": "1"}, total_requests=50
                )
                result = BenchmarkRunner(config, gate={"errors": "== 0", "p99": "< 1ns"}).run()
                self.assertEqual((result.requests_count, result.error_count, result.error_rate), (50, 0, 0))
                self.assertEqual(result.network_io, {"bytes_sent": 350, "bytes_received": 350})
                self.assertEqual(set(self.recorder.bodies), {"häuser".encode()})
                self.assertIn(b"X-One: 1", self.recorder.heads[0])
                self.assertAlmostEqual(result.requests_per_second, 50 / result.duration)
                self.assertTrue(0 < result.min_response_time <= result.avg_response_time <= result.max_response_time <= result.duration)
                self.assertTrue(result.p95_response_time <= result.p99_response_time <= result.max_response_time)
                self.assertGreater(result.memory_usage_avg, 1)
                self.assertEqual([it["ok"] for it in result.checks], [True, False])
                self.assertEqual((result.client_library, result.client_type, result.concurrency_level), (library, "sync", 3))

    @unittest.skipUnless(os.path.exists("/proc/self/stat"), "this system does not tell what a process uses")
    def test_what_the_client_used_is_sampled_and_kept(self):
        storage = ResultStorage(self.folder / "results.db")
        with mock.patch.dict(os.environ, {"HTTP_BENCHMARK_RESOURCE_MONITORING_INTERVAL": "0.02"}):
            config = self.config(http_method="POST", body="x" * 1000, duration_seconds=0.4)
        result = BenchmarkRunner(config, storage=storage).run()
        samples, summary = result.resource_metrics, result.resource_summary()
        self.assertGreaterEqual(len(samples), 3)
        self.assertEqual({it.benchmark_id for it in samples}, {result.id})
        self.assertEqual([it.timestamp for it in samples], sorted(it.timestamp for it in samples))
        self.assertEqual([it.bytes_sent for it in samples], sorted(it.bytes_sent for it in samples))
        self.assertEqual((samples[-1].bytes_sent, samples[-1].bytes_received), tuple(result.network_io.values()))
        self.assertTrue(all(it.memory_mb > 1 and it.disk_write_mb >= 0 <= it.cpu_percent for it in samples))
        self.assertEqual((summary["sample_count"], summary["memory_mb_avg"]), (len(samples), result.memory_usage_avg))
        self.assertTrue(0 < summary["cpu_avg"] <= summary["cpu_max"] and 0 < summary["memory_percent_avg"] < 100, summary)
        self.assertEqual(storage.get_result_by_id(result.id).resource_metrics, samples)
        self.assertEqual(storage.get_all_results()[0].resource_metrics, [])
        self.assertEqual((storage.prune(days=-1), storage.get_resource_metrics(result.id)), (1, []))
        with mock.patch.dict(os.environ, {"HTTP_BENCHMARK_MEMORY_MONITORING_ENABLED": "no", "HTTP_BENCHMARK_CPU_MONITORING_ENABLED": "no"}):
            config = self.config(total_requests=1)
        result = BenchmarkRunner(config).run()
        self.assertEqual((result.resource_metrics, result.memory_usage_avg, result.cpu_usage_avg), ([], 0, 0))

    def test_a_time_and_a_pause(self):
        result = BenchmarkRunner(self.config(concurrency=1, duration_seconds=0.3, delay_between_requests=0.05)).run()
        self.assertTrue(2 <= result.requests_count <= 6, result)

    def test_errors_are_counted_with_their_names_and_are_no_throughput(self):
        result = BenchmarkRunner(self.config("/close", total_requests=4, retry_attempts=1, concurrency=1)).run()
        self.assertEqual((result.requests_count, result.error_count, result.error_rate, result.requests_per_second), (4, 4, 100, 0))
        self.assertEqual(result.errors, {"RemoteDisconnected": 4})
        self.assertEqual(len(self.recorder.heads), 8)

    def test_a_server_that_rejects_everything_is_not_fast(self):
        result = BenchmarkRunner(self.config("/status/503", total_requests=4), gate=["errors == 0", "requests >= 4"]).run()
        self.assertEqual((result.requests_count, result.error_count, result.error_rate, result.requests_per_second), (4, 4, 100, 0))
        self.assertEqual((result.errors, result.status_codes, result.p99_response_time), ({"status 503": 4}, {"503": 4}, 0))
        self.assertEqual([it["ok"] for it in result.checks], [False, True])
        result = BenchmarkRunner(self.config("/status/302", total_requests=4, client_library="raw")).run()
        self.assertEqual((result.error_count, result.status_codes, result.p99_response_time > 0), (0, {"302": 4}, True))

    def test_a_stream_tells_its_chunks(self):
        result = BenchmarkRunner(self.config(http_method="STREAM", body="x" * 20_000, total_requests=2)).run()
        self.assertEqual((result.streamed, result.network_io["bytes_received"]), (True, 40_000))
        self.assertGreaterEqual(result.chunk_count, 6)

    def test_the_asynchronous_runner_leaves_the_loop_free(self):
        async def play():
            running = asyncio.ensure_future(AsyncBenchmarkRunner(self.config(client_library="raw", total_requests=20)).run())
            ticks = 0
            while not running.done():
                ticks += 1
                await asyncio.sleep(0.005)
            return running.result(), ticks

        result, ticks = asyncio.run(play())
        self.assertEqual((result.requests_count, result.client_type), (20, "async"))
        self.assertGreater(ticks, 3)

    def test_who_cancels_the_asynchronous_runner_waits_for_nothing(self):
        async def play():
            runner = AsyncBenchmarkRunner(self.config(client_library="raw", duration_seconds=600))
            running = asyncio.ensure_future(runner.run())
            while not self.recorder.heads:
                await asyncio.sleep(0.005)
            running.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await running
            return runner

        # Leaving `run` waits for the thread that plays, and that one for the worker.
        worker = asyncio.run(play())._worker
        self.assertEqual(worker.process.returncode, -signal.SIGKILL)

    def test_a_mode_that_a_library_lacks_is_an_error_that_says_so(self):
        with self.assertRaisesRegex(UnsupportedError, "stdlib cannot play this configuration: mode: stdlib has no async interface"):
            asyncio.run(AsyncBenchmarkRunner(self.config()).run())
        self.assertTrue(issubclass(UnsupportedError, NotImplementedError))

    def test_a_decorated_function_keeps_its_value_and_has_the_result(self):
        @benchmark_function(self.recorder.url, client_library="stdlib", concurrency=2, total_requests=6)
        def plain(a):
            """Doc."""
            return a + 1

        @benchmark(target_url=self.recorder.url, client_library="raw", concurrency=2, total_requests=8, store_results=False)
        async def waits(a):
            return a + 2

        self.assertIsNone(plain.last_result)
        self.assertEqual((plain(1), asyncio.run(waits(1)), plain.__doc__), (2, 3, "Doc."))
        self.assertEqual((plain.last_result.requests_count, waits.last_result.requests_count), (6, 8))
        self.assertEqual(waits.last_result.client_type, "async")
        self.assertGreater(plain.last_result.requests_per_second, 0)

    def test_the_old_decorator_has_its_old_defaults_and_takes_objectives(self):
        db = self.folder / "kept.db"
        with mock.patch.dict(os.environ, {"HTTP_BENCHMARK_SQLITE_DB_PATH": str(db)}):

            @benchmark(name="mine", gate="errors == 0", target_url=self.recorder.url, client_library="stdlib", total_requests=5)
            def old():
                return 1

            old()
        result = old.last_result
        self.assertEqual((result.name, result.concurrency_level, result.config_snapshot["duration_seconds"]), ("mine", 5, 10))
        self.assertEqual([it["ok"] for it in result.checks], [True])
        self.assertEqual([it.id for it in ResultStorage(db).get_results_by_name("mine")], [result.id])

    def test_wrong_arguments_are_said_before_anything_is_called(self):
        for wrong, words in (
            ({"record": "a.json"}, "takes neither record nor tags"), ({"concurency": 5}, "concurency"),
            ({"concurrency": 0}, "concurrency is 0"), ({"gate": "p99 < 5"}, "has no unit"),
        ):  # fmt: skip
            with self.subTest(words), self.assertRaisesRegex((TypeError, ValueError), words):
                benchmark(target_url="http://127.0.0.1:1/", **wrong)(print)

    def test_the_old_signature_without_a_target_times_in_passing_and_says_so(self):
        with self.assertLogs("dynamometer.decorator", "WARNING") as logged:

            @benchmark(client_library="requests", concurrency=5, duration_seconds=10, http_method="GET", store_results=True)
            def old(a):
                return a + 1

        self.assertIn("without target_url there is nothing to put load on", logged.output[0])
        self.assertEqual((old(1), old.last_result.requests_count, old.last_result.requests_per_second > 0), (2, 1, True))
        with self.assertRaisesRegex(TypeError, "benchmark\\(\\) has no argument 'concurency'"):
            benchmark(concurency=5)

    def test_a_passive_function_has_a_result_as_well(self):
        @benchmark(name="passive")
        def passive():
            return 1

        passive()
        self.assertEqual((passive.last_result.requests_count, passive.last_result.error_rate), (1, 0))
        self.assertGreaterEqual(passive.last_result.requests_per_second, 0)


class Configurations(unittest.TestCase):
    def test_defaults(self):
        config = BenchmarkConfiguration("http://h/")
        self.assertEqual(config.name, "Benchmark config for http://h/")
        self.assertEqual(
            (config.http_method, config.headers, config.body, config.concurrency, config.duration_seconds, config.total_requests),
            ("GET", {}, "", 10, 30, None),
        )
        self.assertEqual(
            (config.client_library, config.is_async, config.timeout, config.verify_ssl, config.retry_attempts, config.delay_between_requests),
            ("requests", False, 30, True, 3, 0),
        )

    def test_wrong_values_are_named(self):
        for fields, words in (
            ({"target_url": "ftp://h/"}, "target_url is 'ftp://h/'; it must be an http or https URL"),
            ({"concurrency": 0}, "concurrency is 0; it must be a whole number from 1 to 10000"),
            ({"http_method": "BREW"}, "http_method is 'BREW'"),
            ({"client_library": "curl"}, "client_library is 'curl'"),
            ({"timeout": 0}, "timeout is 0"),
            ({"total_requests": 0}, "total_requests is 0"),
            ({"duration_seconds": 4000}, "at most 3600"),
            ({"delay_between_requests": -1}, "delay_between_requests is -1"),
            ({"concurrency": True}, "concurrency is True"),
            ({"duration_seconds": "10"}, "duration_seconds is '10'; it must be a number of seconds"),
            ({"timeout": float("inf")}, "timeout is inf"),
            ({"total_requests": 1.5}, "total_requests is 1.5; it must be a whole number above 0"),
            ({"retry_attempts": 1.5}, "retry_attempts is 1.5"),
            ({"headers": ["a"]}, r"headers is \['a'\]; it must be an object"),
            ({"headers": {"a": 1}}, "headers is"),
            ({"body": b"x"}, "body is b'x'; it must be a text"),
            ({"target_url": None}, "target_url is None"),
            ({"http_method": None}, "http_method is None"),
        ):
            with self.subTest(words), self.assertRaisesRegex(ValueError, words):
                BenchmarkConfiguration(**{"target_url": "http://h/", **fields})
        with self.assertRaisesRegex(ValueError, "unknown keys colour"):
            BenchmarkConfiguration.from_dict({"target_url": "http://h/", "colour": 1})

    def test_secrets_are_not_kept(self):
        config = BenchmarkConfiguration("http://me:secret@h/", headers={"Authorization": "Bearer secret", "X-Plain": "yes"})
        kept = config.redacted()
        self.assertNotIn("secret", str(kept))
        self.assertEqual(kept["headers"]["X-Plain"], "yes")

    def test_the_environment_sets_defaults_and_is_told(self):
        with mock.patch.dict(os.environ, {"HTTP_BENCHMARK_DEFAULT_CONCURRENCY": "4", "http_benchmark_default_timeout": "2.5"}):
            with self.assertLogs("dynamometer", "INFO") as logs:
                config = BenchmarkConfiguration("http://h/")
        self.assertEqual((config.concurrency, config.timeout), (4, 2.5))
        self.assertIn("HTTP_BENCHMARK_DEFAULT_CONCURRENCY=4 sets default_concurrency", str(logs.output))
        self.assertEqual(config.redacted()["environment"]["HTTP_BENCHMARK_DEFAULT_TIMEOUT"], "2.5")
        self.assertFalse(Settings.read({"HTTP_BENCHMARK_CPU_MONITORING_ENABLED": "off"}).cpu_monitoring_enabled)
        self.assertEqual(Settings.read({"HTTP_BENCHMARK_SUPPORTED_HTTP_METHODS": "GET, PUT"}).supported_http_methods, ("GET", "PUT"))
        with self.assertRaisesRegex(ValueError, "HTTP_BENCHMARK_DEFAULT_TIMEOUT is `soon`; it must be a number"):
            Settings.read({"HTTP_BENCHMARK_DEFAULT_TIMEOUT": "soon"})
        with self.assertRaisesRegex(ValueError, "RESOURCE_MONITORING_INTERVAL is `0`; it must be above 0 seconds"):
            Settings.read({"HTTP_BENCHMARK_RESOURCE_MONITORING_INTERVAL": "0"})
        with self.assertLogs("dynamometer", "WARNING"):
            Settings.read({"HTTP_BENCHMARK_COLOUR": "red"})


class Stored(WithServer):
    def test_a_result_comes_back_as_it_was(self):
        storage = ResultStorage(self.folder / "results.db")
        config = self.config(total_requests=5, headers={"Cookie": "secret=1"}, name="mine")
        result = BenchmarkRunner(config, storage=storage).run()
        again = storage.get_result_by_id(result.id)
        for name in ("name", "start_time", "end_time", "requests_per_second", "network_io", "config_snapshot", "duration"):
            self.assertEqual(getattr(again, name), getattr(result, name), name)
        self.assertEqual([it.id for it in storage.get_results_by_name("mine")], [result.id])
        self.assertIsNone(storage.get_result_by_id("nothing"))
        self.assertNotIn(b"secret", (self.folder / "results.db").read_bytes())

    def test_comparing_and_pruning(self):
        storage = ResultStorage(self.folder / "results.db")
        results = []
        for age, rate in ((0, 100.0), (1, 300.0), (200, 200.0)):
            result = BenchmarkRunner(self.config(total_requests=1)).run()
            result.start_time = datetime.now(timezone.utc) - timedelta(days=age)
            result.requests_per_second, result.avg_response_time = rate, 1 / rate
            storage.save_result(result)
            results.append(result.id)
        self.assertEqual([it.id for it in storage.get_all_results()], results)
        self.assertEqual([it.id for it in storage.get_all_results(limit=1, offset=1)], [results[1]])
        compared = storage.compare_results(results)
        self.assertEqual([it["id"] for it in compared["comparison"]], results)
        self.assertEqual(compared["summary"]["highest_throughput"], results[1])
        with self.assertRaisesRegex(StorageError, "has no result nothing"):
            storage.compare_results(["nothing"])
        self.assertEqual((storage.prune(), storage.prune(), len(storage.get_all_results())), (1, 0, 2))

    def test_a_database_of_the_old_framework_is_read(self):
        path = self.folder / "old.db"
        with sqlite3.connect(path) as database:
            database.execute(
                "CREATE TABLE benchmark_results (id TEXT PRIMARY KEY, name TEXT, client_library TEXT, client_type TEXT, http_method TEXT,"
                " url TEXT, start_time TEXT, end_time TEXT, duration REAL, requests_count INTEGER, requests_per_second REAL,"
                " avg_response_time REAL, min_response_time REAL, max_response_time REAL, p95_response_time REAL,"
                " p99_response_time REAL, cpu_usage_avg REAL, memory_usage_avg REAL, network_io TEXT, error_count INTEGER,"
                " error_rate REAL, concurrency_level INTEGER, config_snapshot TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP)"
            )
            database.execute(
                "INSERT INTO benchmark_results VALUES ('1','n','httpx','sync','GET','u','2024-01-01T00:00:00','2024-01-01T00:00:30',30,9,"
                "0.3,1,1,1,1,1,5,6,'{\"bytes_sent\": 7, \"bytes_recv\": 8, \"packets_sent\": 1}',0,0,10,'{}','x')"
            )
        result = ResultStorage(path).get_result_by_id("1")
        self.assertEqual((result.client_library, result.network_io), ("httpx", {"bytes_sent": 7, "bytes_received": 8}))

    def test_a_row_that_cannot_be_read_is_named_and_the_others_are_there(self):
        storage = ResultStorage(self.folder / "results.db")
        good = storage.save_result(BenchmarkRunner(self.config(total_requests=1)).run())
        for number, (column, value) in enumerate((("start_time", None), ("start_time", "soon"), ("network_io", "{"))):
            broken = BenchmarkRunner(self.config(total_requests=1)).run()
            broken.id = f"broken-{number}"
            storage.save_result(broken)
            with sqlite3.connect(storage.path) as database:
                database.execute(f"UPDATE benchmark_results SET {column} = ? WHERE id = ?", (value, broken.id))
        with self.assertLogs("dynamometer.storage", "WARNING") as logged:
            self.assertEqual([it.id for it in storage.get_all_results()], [good])
        self.assertEqual(len(logged.output), 3)
        with self.assertRaisesRegex(StorageError, "has the result broken-0, which cannot be read: its start_time is None"):
            storage.get_result_by_id("broken-0")

    def test_what_is_no_database_of_results_is_said(self):
        (self.folder / "text").write_text("not a database at all" * 100)
        with self.assertRaisesRegex(StorageError, "cannot use .*text: file is not a database"):
            ResultStorage(self.folder / "text")
        with sqlite3.connect(self.folder / "later.db") as database:
            database.execute("PRAGMA user_version = 99")
        with self.assertRaisesRegex(StorageError, "has version 99"):
            ResultStorage(self.folder / "later.db")


def entry_points_of(group):
    """The installed entry points of a group; the way to ask changed with Python 3.10."""
    found = importlib.metadata.entry_points()
    return found.select(group=group) if hasattr(found, "select") else found.get(group, ())


@unittest.skipUnless(importlib.util.find_spec("pytest"), "pytest is not installed")
class Pytest(WithServer):
    def test_the_fixture_fails_by_objectives(self):
        (self.folder / "test_it.py").write_text(
            textwrap.dedent(f"""
            from dynamometer import benchmark

            @benchmark(name="quick", gate="requests >= 2")
            def quick():
                pass

            def test_holds(http_bench):
                result = http_bench.run("{self.recorder.url}", client_library="stdlib", total_requests=5, gate="errors == 0")
                assert result.requests_count == 5

            def test_breaks(http_bench):
                http_bench.run("{self.recorder.url}", client_library="stdlib", total_requests=5, gate="p99 < 1ns")

            def test_function(http_bench):
                quick()
                http_bench.check(quick)

            def test_function_by_its_own_calls(http_bench):
                quick()
                stats = [quick(), quick(), http_bench.check(quick)][-1]
                assert (stats.calls, stats.failed, stats.errors) == (3, 0, {{}}), stats
                assert 0 < stats.rate_per_s < 3e9
                import dynamometer
                dynamometer.reset()
                quick(), quick()
                assert http_bench.check(quick).calls == 2

            def test_properties(http_bench, request):
                import asyncio
                asyncio.run(http_bench.run_async("{self.recorder.url}", client_library="raw", total_requests=5, name="two"))
                http_bench.run("{self.recorder.url}", client_library="raw", total_requests=5, name="one")
                names = [name for name, value in request.node.user_properties if value >= 0]
                assert names.count("one.p99_response_time") == names.count("two.p99_response_time") == 1

            def test_no_function_of_ours(http_bench):
                http_bench.check(len)
            """)
        )
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
        is_installed = any(it.name == "dynamometer" for it in entry_points_of("pytest11"))
        plugin = [] if is_installed else ["-p", "dynamometer.pytest_plugin"]
        command = [sys.executable, "-m", "pytest", "-q", "-W", "error::pytest.PytestWarning", "--junitxml=report.xml", *plugin, "test_it.py"]
        ended = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120)
        self.assertIn("3 failed, 3 passed", ended.stdout)
        self.assertIn('<property name="quick.calls" value="1"', (self.folder / "report.xml").read_text(encoding="utf-8"))
        self.assertIn("judges functions under @benchmark, and <built-in function len> is none", ended.stdout)
        self.assertIn("p99 < 1ns: p99 was", ended.stdout)
        self.assertIn("requests >= 2: requests was 1, limit 2", ended.stdout)


if __name__ == "__main__":
    unittest.main()
