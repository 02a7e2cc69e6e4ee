"""`@benchmark` and `span`: what they leave alone, what they count, what they write."""

import asyncio
import copy
import functools
import inspect
import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PACKAGE))

import dynamometer  # noqa: E402
from dynamometer import BenchmarkResult, benchmark, span  # noqa: E402
from dynamometer.calls import INTERVALS_MAX, Calls, operation  # noqa: E402
from dynamometer.record import build  # noqa: E402
from dynamometer.thresholds import Threshold, ThresholdError, read_gate  # noqa: E402

SCHEMA = PACKAGE.parent / "docs" / "dyno-run.schema.json"


def once(test):
    @functools.wraps(test)
    def run(self):
        dynamometer.reset()
        test(self)

    return run


class Behaviour(unittest.TestCase):
    @once
    def test_a_function_is_as_before(self):
        @benchmark
        def add(a, b: int = 2, *, c=3) -> int:
            """Adds."""
            return a + b + c

        self.assertEqual((add(1), add(1, 1, c=1)), (6, 3))
        self.assertEqual((add.__name__, add.__doc__, str(inspect.signature(add))), ("add", "Adds.", "(a, b: int = 2, *, c=3) -> int"))
        self.assertEqual((add.stats().calls, add.stats().failed), (2, 0))
        with self.assertRaisesRegex(TypeError, "missing 1 required positional argument"):
            add()

    @once
    def test_exceptions_pass_through_and_are_counted(self):
        failure = ValueError("mine")

        @benchmark(name="fails")
        def fails():
            raise failure

        with self.assertRaises(ValueError) as caught:
            fails()
        self.assertIs(caught.exception, failure)
        stats = fails.stats()
        self.assertEqual((stats.calls, stats.failed, stats.errors, stats.times.count), (1, 1, {"ValueError": 1}, 0))

    @once
    def test_methods_static_methods_and_class_methods(self):
        class Thing:
            @benchmark
            def method(self):
                return self

            @benchmark
            @staticmethod
            def static(value):
                return value

            @classmethod
            @benchmark
            def made(cls):
                return cls

        thing = Thing()
        self.assertEqual((thing.method(), Thing.static(1), Thing.made()), (thing, 1, Thing))
        self.assertEqual([it.stats().calls for it in (thing.method, Thing.static, Thing.made)], [1, 1, 1])
        self.assertTrue(thing.method.stats().name.endswith("Thing.method"))
        with self.assertRaisesRegex(TypeError, "decorate its methods"):
            benchmark(Thing)

    @once
    def test_whatever_can_be_called_is_timed_as_what_it_is(self):
        class Caller:
            def __call__(self, n):
                return n

        class Waiter:
            async def __call__(self, n):
                await asyncio.sleep(0.02)
                return n

        called, waited = benchmark(Caller()), benchmark(Waiter())
        self.assertEqual((called(1), asyncio.run(waited(2)), benchmark(functools.partial(max, 3), name="part")(2)), (1, 2, 3))
        self.assertTrue(called.stats().name.endswith("<locals>.Caller"), called.stats().name)
        self.assertGreater(waited.stats().quantile(0.5), 15_000_000)
        self.assertEqual(benchmark(functools.partial(max, 3)).stats().name, "builtins.max")
        with self.assertRaisesRegex(TypeError, "write @benchmark below @property"):
            benchmark(property(lambda self: 1))

    def test_a_function_that_is_decorated_twice_counts_once(self):
        @benchmark(gate="p99 < 1s")
        @benchmark
        def once():
            pass

        once()
        self.assertEqual((once.stats().calls, len(once.verdict())), (1, 1))
        other = benchmark(once, name="by another name")
        other()
        self.assertEqual((once.stats().calls, other.stats().calls), (2, 1))
        # What a cache copies from the function does not make it the function.
        cached = benchmark(functools.lru_cache(once))
        cached(), cached()
        self.assertIsNot(cached.__wrapped__, once)
        self.assertEqual(cached.stats().calls, 2 + 2 + 1)

    def test_the_last_result_is_copied_and_sent_as_it_is_now(self):
        @benchmark(name="copied")
        def function():
            pass

        function()
        copies = [copy.copy(function.last_result), pickle.loads(pickle.dumps(function.last_result))]
        function()
        self.assertEqual([it.requests_count for it in (*copies, function.last_result)], [1, 1, 2])
        self.assertIsInstance(copies[0], BenchmarkResult)
        self.assertTrue(copies[0].start_time <= copies[0].end_time)
        self.assertAlmostEqual((copies[0].end_time - copies[0].start_time).total_seconds(), copies[0].duration, places=4)
        with self.assertRaisesRegex(AttributeError, "nothing"):
            function.last_result.nothing

    def test_a_coroutine_is_timed_while_it_waits(self):
        @benchmark(name="waits")
        async def waits(value):
            await asyncio.sleep(0.02)
            return value

        self.assertTrue(inspect.iscoroutinefunction(waits))
        self.assertEqual(asyncio.run(waits(5)), 5)
        self.assertGreater(waits.stats().quantile(0.5), 15e6)

    @once
    def test_a_generator_keeps_its_conversation(self):
        seen = []

        @benchmark(name="talks")
        def talks():
            try:
                got = yield 1
                seen.append(got)
                try:
                    yield 2
                except KeyError as thrown:
                    seen.append(thrown)
                yield 3
                return "value"
            finally:
                seen.append("closed")

        self.assertTrue(inspect.isgeneratorfunction(talks))

        def whole():
            seen.append((yield from talks()))

        self.assertEqual(list(whole()), [1, 2, 3])
        thrown = KeyError("k")
        generator = talks()
        self.assertEqual((next(generator), generator.send("sent"), generator.throw(thrown)), (1, 2, 3))
        generator.close()
        self.assertEqual(seen, [None, "closed", "value", "sent", thrown, "closed"])
        self.assertEqual((talks.stats().calls, talks.stats().failed), (2, 0))

    @once
    def test_time_of_the_consumer_is_not_the_generators(self):
        @benchmark(name="lazy")
        def lazy():
            yield from range(3)

        for _ in lazy():
            threading.Event().wait(0.03)
        # They waited for 90 ms together.
        self.assertLess(lazy.stats().quantile(1.0), 90e6)

    @once
    def test_an_asynchronous_generator(self):
        @benchmark(name="alazy")
        async def lazy(count):
            for number in range(count):
                got = yield number
                if got:
                    raise RuntimeError(got)

        async def play():
            values = [value async for value in lazy(3)]
            left = lazy(3)
            await left.__anext__()
            await left.aclose()
            failing = lazy(3)
            await failing.asend(None)
            with self.assertRaisesRegex(RuntimeError, "sent"):
                await failing.asend("sent")
            return values

        self.assertTrue(inspect.isasyncgenfunction(lazy))
        self.assertEqual(asyncio.run(play()), [0, 1, 2])
        self.assertEqual((lazy.stats().calls, lazy.stats().errors), (3, {"RuntimeError": 1}))


class Together(unittest.TestCase):
    @once
    def test_threads_lose_no_call(self):
        @benchmark(name="threads")
        def work(fails):
            if fails:
                raise OSError

        def many():
            for number in range(5000):
                try:
                    work(number % 10 == 0)
                except OSError:
                    pass

        threads = [threading.Thread(target=many) for _ in range(8)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            work.stats()  # reading meanwhile disturbs nothing
        stats = work.stats()
        self.assertEqual((stats.calls, stats.failed, stats.times.count), (40_000, 4000, 36_000))

    @once
    def test_tasks_are_counted_each(self):
        @benchmark(name="tasks")
        async def work(number):
            await asyncio.sleep(0)
            if number % 4 == 0:
                raise KeyError(number)

        async def play():
            return await asyncio.gather(*map(work, range(400)), return_exceptions=True)

        results = asyncio.run(play())
        self.assertEqual(sum(isinstance(it, KeyError) for it in results), 100)
        self.assertEqual((work.stats().calls, work.stats().errors), (400, {"KeyError": 100}))

    @once
    def test_spans_nest_in_threads_and_tasks(self):
        def block():
            with span("outer"), span("inner"):
                pass

        async def asynchronous():
            async with span("outer"):
                await asyncio.sleep(0)

        threads = [threading.Thread(target=block) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        asyncio.run(asynchronous())
        with self.assertRaises(ZeroDivisionError), span("outer"):
            raise ZeroDivisionError
        self.assertEqual((operation("outer").stats().calls, operation("outer").stats().errors), (22, {"ZeroDivisionError": 1}))
        self.assertEqual(operation("inner").stats().calls, 20)


class Long(unittest.TestCase):
    def test_hours_are_kept_in_few_intervals(self):
        calls = Calls("long")
        for second in range(3000):
            calls.add(second * 1_000_000_000, second * 1_000_000_000 + 5_000_000, "E" if second % 3 == 0 else None)
        calls.settle()
        self.assertLessEqual(len(calls.intervals), INTERVALS_MAX)
        self.assertEqual(sum(failed for failed, _ in calls.intervals.values()), 1000)
        self.assertEqual(sum(times.count for _, times in calls.intervals.values()), 2000)
        intervals = build([calls], "long")["intervals"]
        self.assertEqual({it["length_ns"] for it in intervals[1:-1]}, {8_000_000_000})
        self.assertEqual(sum(it["requests"] for it in intervals), 3000)


class Objectives(unittest.TestCase):
    def test_texts(self):
        for text, limit in (
            ("p99 < 20ms", 20e6), ("p99.9<=1m30s", 90e9), ("mean<5us", 5e3), ("response.max < 2 h", 7200e9), ("errors < 0.1%", 0.001),
            ("errors == 0", 0), ("rate > 1_000/s", 1000), ("rate >= 60/m", 1), ("requests >= 10", 10), ("min > 0", 0),
        ):  # fmt: skip
            with self.subTest(text):
                self.assertAlmostEqual(Threshold(text).limit, limit)

    def test_wrong_texts_say_what_to_write(self):
        for text, words in (
            ("p99 < 20", "no unit; write `p99 < 20ms`"),
            ("p99", "no comparison"),
            ("p99 => 2ms", "unknown sign `=>`"),
            ("rps > 3/s", "unknown metric `rps`; write `rate`"),
            ("p100 < 1ms", "unknown metric `p100`"),
            ("errors < 0.5", "write `errors < 0.1%`"),
            ("rate > 5", "write `rate > 1000/s`"),
            ("p99 < 3 parsecs", "write `p99 < 20ms`"),
            ("requests > 1.5", "write `requests > 10000`"),
            ("p99 < 20ms~", "has the tolerance ``; write a share of the limit such as `~10%`"),
            ("p99 < 20ms~5", "no unit"),
            ("p99 < 20ms~10%,some", "write `p99 < 20ms`"),
            ("errors < 1%~1", "has the tolerance `1`; write a share"),
        ):
            with self.subTest(text), self.assertRaises(ThresholdError) as caught:
                Threshold(text)
            self.assertIn(words, str(caught.exception))

    def test_a_tolerance_is_a_share_of_the_limit_or_an_amount_and_the_larger_counts(self):
        calls = Calls("tolerant")
        for _ in range(9):
            calls.add(1, 1 + 21_000_000)
        calls.add(1, 2, "ValueError")
        stats = calls.stats()
        for text, ok in (
            ("p50 <= 20ms", False), ("p50 <= 20ms~10%", True), ("p50 <= 20ms~4%", False), ("p50 <= 20ms ~ 4%, 2ms", True),
            ("p50 >= 22ms~10%", True), ("p50 >= 22ms~500us", False), ("p50 == 20ms~2ms", True), ("errors <= 9%~12%", True),
            ("errors <= 9%~10%", False), ("errors < 1~1", True), ("requests >= 12~20%", True), ("requests >= 12~1", False),
        ):  # fmt: skip
            with self.subTest(text):
                check = Threshold(text).judge(stats)
                self.assertIs(check["ok"], ok, check)
                self.assertEqual("tolerance" in check["detail"], "~" in text)
        self.assertIn("p50 was 21.", Threshold("p50 <= 20ms~10%").judge(stats)["detail"])
        self.assertIn("limit 20 ms and 2 ms of tolerance", Threshold("p50 <= 20ms~10%").judge(stats)["detail"])

    def test_arguments(self):
        self.assertEqual([it.text for it in read_gate({"p99": "<= 20ms", "errors": "< 1%"})], ["p99 <= 20ms", "errors < 1%"])
        self.assertEqual([it.text for it in read_gate("p50<1s")], ["p50<1s"])
        self.assertEqual(read_gate(None), [])
        for wrong in (20, [20], object()):
            with self.subTest(wrong), self.assertRaisesRegex(ThresholdError, "^gate is .*; write a text such as 'p99 < 20ms'"):
                read_gate(wrong)

    @once
    def test_verdicts(self):
        @benchmark(name="judged", gate=["p99 < 1h", "errors < 10%", "requests >= 5", "rate > 0/s"])
        def judged(fails):
            if fails:
                raise ValueError

        self.assertEqual([it["ok"] for it in judged.verdict()], [False] * 4)
        for number in range(4):
            try:
                judged(number == 0)
            except ValueError:
                pass
        checks = judged.verdict()
        self.assertEqual([it["ok"] for it in checks], [True, False, False, True])
        self.assertEqual(checks[1]["detail"], "errors was 25 %, limit 10 %")


class Record(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    @once
    def test_it_has_what_the_schema_asks_for(self):
        @benchmark(name="browse", gate="p99 < 1h", tags=["nightly"])
        def browse(fails=False):
            if fails:
                raise TimeoutError

        for number in range(10):
            try:
                browse(number == 3)
            except TimeoutError:
                pass
        with span("login"):
            browse()
        record = dynamometer.write(self.folder / "record.json", "mine")
        self.assertEqual(json.loads((self.folder / "record.json").read_text()), record)
        self.assertEqual(os.listdir(self.folder), ["record.json"])
        check_schema(self, json.loads(SCHEMA.read_text()), record)
        self.assertEqual((record["name"], record["tags"], record["verdict"]["state"]), ("mine", ["nightly"], "pass"))
        self.assertEqual(record["verdict"]["checks"][0]["threshold"], '"browse".p99 < 1h')
        self.assertEqual({name: it["kind"] for name, it in record["operations"].items()}, {"browse": "request", "login": "journey"})
        totals = record["totals"]
        self.assertEqual((totals["requests"], totals["ok"], totals["failed"]), (11, 10, 1))
        self.assertEqual(totals["errors_by_kind"], {"TimeoutError": 1})
        self.assertEqual(sum(it["requests"] for it in record["intervals"]), 11)
        self.assertEqual(sum(it["length_ns"] for it in record["intervals"]), totals["elapsed_ns"])

    def test_the_end_of_a_program_writes_it_and_prints_nothing(self):
        program = "from dynamometer import benchmark\n@benchmark(name='f', record='b.json')\ndef f(): pass\nf(); f()"
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "DYNO_RECORD": "a.json"}
        ended = subprocess.run([sys.executable, "-c", program], cwd=self.folder, env=environment, capture_output=True, timeout=60)
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (0, b"", b""))
        for file in ("a.json", "b.json"):
            self.assertEqual(json.loads((self.folder / file).read_text())["totals"]["requests"], 2)

    def end(self, program, **variables):
        """Plays a program to its end in a folder of its own."""
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), **variables}
        return subprocess.run(
            [sys.executable, "-c", program], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60
        )

    def test_a_record_that_cannot_be_written_is_said_and_changes_nothing_else(self):
        program = "from dynamometer import benchmark\n@benchmark(name='f', record='b.json')\ndef f(): pass\nf()\nraise SystemExit(4)"
        ended = self.end(program, DYNO_RECORD="nowhere/a.json")
        self.assertEqual((ended.returncode, ended.stdout), (4, ""))
        self.assertRegex(ended.stderr, r"^cannot write the record nowhere/a.json of 1 operations: .*No such file or directory.*\n$")
        self.assertEqual(os.listdir(self.folder), ["b.json"])

    def test_a_full_disk_leaves_no_half_record(self):
        # A limit on the size of files fails the same way, in the middle of writing.
        program = (
            "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "from dynamometer import benchmark\n@benchmark\ndef f(): pass\nf()"
        )
        ended = self.end(program, DYNO_RECORD="a.json")
        self.assertEqual(ended.returncode, 0)
        self.assertRegex(ended.stderr, "^cannot write the record a.json of 1 operations: .*File too large\n$")
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_forked_process_counts_its_own_calls_and_leaves_the_record_of_its_parent_alone(self):
        program = (
            "import os, sys\nfrom dynamometer import benchmark\n@benchmark(name='f')\ndef f(): pass\nf(); f()\n"
            "child = os.fork()\nif child == 0:\n    f()\n    print(f.stats().calls)\n    sys.exit()\n"
            "os.waitpid(child, 0)\nf()\nprint(f.stats().calls)"
        )
        ended = self.end(program, DYNO_RECORD="a.json")
        self.assertEqual(ended.stdout, "1\n3\n")
        self.assertRegex(ended.stderr, r"^calls of process \d+ are not in a.json, which is its parent's; with {pid} in the name each")
        self.assertEqual(json.loads((self.folder / "a.json").read_text())["totals"]["requests"], 3)
        ended = self.end(program, DYNO_RECORD="of-{pid}.json")
        self.assertEqual(ended.stderr, "")
        counts = [json.loads(file.read_text())["totals"]["requests"] for file in self.folder.glob("of-*.json")]
        self.assertEqual(sorted(counts), [1, 3])

    def test_a_spawned_process_leaves_the_record_of_its_parent_alone(self):
        (self.folder / "program.py").write_text(
            "import multiprocessing\nfrom dynamometer import benchmark\n@benchmark(name='f')\ndef f(): pass\n"
            "if __name__ == '__main__':\n    child = multiprocessing.get_context('spawn').Process(target=f)\n"
            "    child.start(); child.join()\n    f(); f()\n    raise SystemExit(child.exitcode)"
        )
        ended = subprocess.run(
            [sys.executable, "program.py"], cwd=self.folder, capture_output=True, text=True, timeout=60,
            env={**os.environ, "PYTHONPATH": str(PACKAGE), "DYNO_RECORD": "a.json"},
        )  # fmt: skip
        self.assertEqual((ended.returncode, ended.stderr.count("which is its parent's")), (0, 1), ended.stderr)
        self.assertEqual(json.loads((self.folder / "a.json").read_text())["totals"]["requests"], 2)

    def test_a_fork_in_the_middle_of_counting_does_not_stop_the_child(self):
        program = (
            "import os, signal\nfrom dynamometer import calls\nf = calls.operation('f')\n"
            "with f._lock, calls._registry_lock:\n    child = os.fork()\n"
            "    if child == 0:\n        signal.alarm(20); f.add(1, 2)\n"
            "        print(len(calls.operations()), f.stats().calls, flush=True); os._exit(0)\n"
            "    os.waitpid(child, 0)"
        )
        self.assertEqual(self.end(program).stdout, "1 1\n")


def check_schema(test, schema, value, path="record"):
    """The part of JSON Schema that the schema of records uses: types, required, properties, references, choices."""
    root = check_schema.root = schema if "$defs" in schema else check_schema.root
    if "$ref" in schema:
        return check_schema(test, root["$defs"][schema["$ref"].rpartition("/")[2]], value, path)
    for choices in (schema.get("anyOf"), schema.get("oneOf")):
        if choices and not any(_fits(test, it, value, path) for it in choices):
            test.fail(f"{path}: {value!r} fits none of {choices}")
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    wanted = schema.get("type")
    if wanted:
        wanted = [wanted] if isinstance(wanted, str) else wanted
        test.assertTrue(any(isinstance(value, kinds[it]) for it in wanted), f"{path}: {value!r} is no {wanted}")
    if "const" in schema:
        test.assertEqual(value, schema["const"], path)
    if "enum" in schema:
        test.assertIn(value, schema["enum"], path)
    if isinstance(value, dict):
        test.assertLessEqual(set(schema.get("required", ())), set(value), path)
        for name, part in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if isinstance(inner, dict):
                check_schema(test, inner, part, f"{path}.{name}")
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for part in value:
            check_schema(test, schema["items"], part, f"{path}[]")


def _fits(test, schema, value, path):
    try:
        check_schema(test, schema, value, path)
    except AssertionError:
        return False
    return True


if __name__ == "__main__":
    unittest.main()
