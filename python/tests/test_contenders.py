"""The list of contenders and the workers say the same: files, packages, runtimes, modes, versions of HTTP."""

import json
import re
import shutil
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

try:
    import tomllib
except ImportError:  # before Python 3.11
    tomllib = None

from dynamometer.host import WorkerProcess  # noqa: E402
from dynamometer.settings import Settings  # noqa: E402


@unittest.skipUnless(tomllib, "needs Python 3.11 for tomllib")
class Contenders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.clients = tomllib.loads((ROOT / "clients" / "contenders.toml").read_text())["client"]

    def of(self, lang):
        found = [it for it in self.clients if it["lang"] == lang]
        self.assertTrue(found)
        return found

    def test_every_field_is_there(self):
        for client in self.clients:
            with self.subTest(client["name"]):
                self.assertLessEqual({"name", "lang", "file", "requires", "runtime", "modes", "http", "base", "notes"}, set(client))
                # The engine is part of the program and needs nothing.
                runtime = r"^$" if client["lang"] == "engine" else r"^>=\d+(\.\d+)*$"
                self.assertRegex(client["runtime"], runtime)
                pins = [re.fullmatch(r"[\w-]+(\[[\w,]+\])?(==|@)[\d.]+", it) for it in client["requires"]]
                self.assertTrue(all(pins), client["requires"])
        names = [it["name"] for it in self.clients]
        self.assertEqual(len(names), len(set(names)))

    def test_every_worker_is_listed(self):
        listed = {(it["lang"], it["file"]) for it in self.clients if it["lang"] != "engine"}
        files = {("python", it.name) for it in (HERE.parent / "dynamometer" / "workers").glob("[!_]*_worker.py")}
        files |= {("node", it.name) for it in (ROOT / "node" / "workers").glob("[!_]*.mjs")}
        files |= {("rust", it.stem) for it in (ROOT / "clients" / "rust" / "workers" / "src" / "bin").glob("*.rs")}
        self.assertEqual(listed, files)
        self.assertEqual({it["name"] for it in self.of("python")}, set(Settings().supported_client_libraries))

    def test_python_workers_say_what_the_list_says(self):
        for client in self.of("python"):
            with self.subTest(client["name"]):
                file = HERE.parent / "dynamometer" / "workers" / client["file"]
                block = re.search(r"^# /// script\n((?:#.*\n)+?)# ///\n", file.read_text(), re.MULTILINE)[1]
                header = tomllib.loads(re.sub(r"^# ?", "", block, flags=re.MULTILINE))
                self.assertEqual((header["requires-python"], header["dependencies"]), (client["runtime"], client["requires"]))
                with WorkerProcess([sys.executable, file]) as worker:
                    self.agree(client, worker.hello)

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_node_workers_say_what_the_list_says(self):
        for client in self.of("node"):
            with self.subTest(client["name"]):
                for pin in client["requires"]:
                    package, _, version = pin.rpartition("@")
                    manifest = json.loads((ROOT / "node" / "packages" / package / "package.json").read_text())
                    self.assertEqual(manifest["dependencies"], {package: version})
                    self.assertEqual(manifest["engines"]["node"], client["runtime"])
                with WorkerProcess(["node", ROOT / "node" / "workers" / client["file"]]) as worker:
                    self.agree(client, worker.hello)

    def agree(self, client, hello):
        self.assertEqual({name: hello[name] for name in ("name", "modes", "http")}, {name: client[name] for name in ("name", "modes", "http")})


if __name__ == "__main__":
    unittest.main()
