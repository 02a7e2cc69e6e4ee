"""What is logged holds no credentials: not those of the configuration, not in what workers write."""

import base64
import logging
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from dynamometer import BenchmarkConfiguration, BenchmarkRunner, logs, runner  # noqa: E402
from dynamometer.host import WorkerError, WorkerProcess  # noqa: E402
from recorder import Recorder  # noqa: E402

TOKEN = "tok-of-the-test"
PASSWORD = "pass/of the-test"

# Writes what it is told to stderr: the header fields and the URL of its setup.
TELLTALE = """
import json, sys, urllib.request
from dynamometer import sdk

def make_sync(setup):
    request = setup.requests[0]
    print("told", request.headers, request.url, file=sys.stderr, flush=True)
    if request.url.endswith("/breaks"):
        raise SystemExit(7)
    if request.url.endswith("/refuses"):
        raise ValueError("no way to " + request.url)
    if request.url.endswith("/skips"):
        setup.skip("http", "not to " + request.url)

    def call(request):
        return 200, b""

    return sdk.Client(call)

sdk.worker("telltale", "1", make_sync)
"""


class Logs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        Path(folder.name, "stdlib_worker.py").write_text(TELLTALE, encoding="utf-8")
        for patch in (mock.patch.object(runner, "WORKERS", Path(folder.name)), mock.patch.object(logs, "_secrets", set())):
            patch.start()
            self.addCleanup(patch.stop)

    def play(self, path):
        url = f"http://me:pass%2Fof%20the-test@127.0.0.1:1/{path}"
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "text/html"}
        config = BenchmarkConfiguration(url, client_library="stdlib", concurrency=1, total_requests=2, headers=headers)
        return BenchmarkRunner(config).run()

    def check_nowhere(self, text):
        self.assertIn("[redacted]", text)
        for secret in (TOKEN, PASSWORD, "pass%2Fof%20the-test", base64.b64encode(TOKEN.encode()).decode()):
            self.assertNotIn(secret, text)

    def test_credentials_are_not_in_the_log_nor_in_the_result(self):
        with self.assertLogs("dynamometer.runner", "DEBUG") as logged:
            result = self.play("fine")
        text = "\n".join(logged.output)
        self.assertIn("begins: GET http://[redacted]@127.0.0.1:1/fine", text)
        self.assertIn("stdlib wrote: told", text)
        self.check_nowhere(text)
        self.check_nowhere(repr(result))

    def test_credentials_are_known_by_their_names_wherever_they_stand(self):
        secrets = ("t-one-1", "t-two-2", "t-three-3", "t-four-4", "t-five-5")
        for body in ('{"user": {"password": "t-two-2"}, "n": [1]}', "a=1&password=t-two-2"):
            with self.subTest(body):
                config = BenchmarkConfiguration(
                    "http://127.0.0.1:1/?api_key=t-one-1&q=t-four-4", body=body, name="as t-three-3",
                    headers={"X-Auth-Token": "t-three-3", "Cookie": "a=t-four-4; b=t-five-5", "Referer": "/?t-five-5"},
                )  # fmt: skip
                for shown in (repr(config), repr(config.redacted())):
                    for secret in secrets:
                        self.assertNotIn(secret, shown)
                kept = config.redacted()
                self.assertEqual(kept["headers"]["Referer"], "/?[redacted]")
                self.assertEqual((kept["name"], kept["target_url"]), ("as [redacted]", "http://127.0.0.1:1/?api_key=[redacted]&q=[redacted]"))
                self.assertEqual(config.to_dict()["headers"]["X-Auth-Token"], "t-three-3")

    def test_a_line_whose_arguments_do_not_fit_neither_breaks_the_program_nor_spills_them(self):
        logs.keep_secret(TOKEN)
        line = logging.LogRecord("a", logging.INFO, "", 0, "%d of %s", ("one", TOKEN), None)
        self.assertTrue(logs.RedactingFilter().filter(line))
        self.check_nowhere(line.getMessage())

    def test_what_a_worker_says_of_its_failure_holds_no_credentials(self):
        with self.assertRaisesRegex(WorkerError, "no way to") as raised:
            self.play("refuses")
        self.check_nowhere(str(raised.exception).partition("\n")[0])
        with self.assertRaisesRegex(runner.UnsupportedError, "cannot play this configuration: http: not to") as raised:
            self.play("skips")
        self.check_nowhere(str(raised.exception))

    def test_credentials_are_not_in_the_error_of_a_worker_that_spills_them(self):
        with self.assertRaises(WorkerError) as raised:
            self.play("breaks")
        self.assertIn("told", str(raised.exception))
        self.check_nowhere(str(raised.exception))

    def test_a_programs_own_handlers_can_hide_them_as_well(self):
        logs.keep_secret('to"ken')
        record = logging.LogRecord("shop", logging.INFO, "shop.py", 1, "%s and %r", ('to"ken', {"a": 'to"ken'}), None)
        try:
            raise ValueError('to"ken')
        except ValueError:
            record.exc_info = sys.exc_info()
        self.assertTrue(logs.RedactingFilter().filter(record))
        self.assertNotIn('to"ken', logging.Formatter().format(record))

    def test_short_values_are_no_secrets(self):
        logs.keep_secret("ab")
        self.assertEqual(logs.redact("abc"), "abc")


if __name__ == "__main__":
    unittest.main()
