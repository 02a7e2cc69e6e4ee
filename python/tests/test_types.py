"""The types that the package promises (`py.typed`): its stubs are what the code is, and a checker believes them."""

import ast
import importlib
import inspect
import subprocess
import sys
import tempfile
import unittest
from importlib.util import find_spec
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PACKAGE))

# Needs no import of pytest for the rest of the tests.
NEEDS = {"pytest_plugin": "pytest"}

PROGRAM = """
import asyncio
from dynamometer import AsyncBenchmarkRunner, BenchmarkConfiguration, BenchmarkRunner, ResultStorage, benchmark, benchmark_function, sdk, span

@benchmark
def plain(a: int, b: str = "") -> str:
    return b * a

@benchmark(gate={"p99": "< 1ms"}, tags=["a"])
async def waits(a: int) -> int:
    return a

class Shop:
    @benchmark
    def buy(self, n: int) -> int:
        return n

@benchmark_function("http://h/", concurrency=2)
def loaded() -> int:
    return 1

def make_sync(setup: sdk.Setup) -> sdk.Client:
    return sdk.Client(lambda request: (200, b""))

async def main() -> None:
    with span("all"):
        reveal_type(await waits(1))
    reveal_type(await AsyncBenchmarkRunner(BenchmarkConfiguration("http://h/")).run())

reveal_type(plain(1, b="x"))
reveal_type(plain.stats().quantile(0.99))
reveal_type(plain.last_result.p99_response_time)
reveal_type(loaded())
Shop().buy(3)
result = BenchmarkRunner(BenchmarkConfiguration("http://h/"), storage=ResultStorage()).run()
reveal_type(result.status_codes)
reveal_type(result.resource_summary()["cpu_avg"])
reveal_type(BenchmarkConfiguration.from_dict(BenchmarkConfiguration("http://h/").redacted()).to_dict()["name"])
plain("wrong")
benchmark(nme="wrong")
BenchmarkConfiguration("http://h/", concurrency="wrong")
"""

REVEALED = ("int", "BenchmarkResult", "str", "int", "float", "int", "dict[str, int]", "float", "Any")


def stubs():
    return sorted((PACKAGE / "dynamometer").rglob("*.pyi"))


def module_of(stub):
    parts = stub.relative_to(PACKAGE).with_suffix("").parts
    return importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))


def parameters(node):
    """Names of parameters in order, and of those that may be left out."""
    arguments = node.args
    named = [it.arg for it in arguments.posonlyargs + arguments.args]
    optional = set(named[len(named) - len(arguments.defaults) :] if arguments.defaults else [])
    optional |= {it.arg for it, default in zip(arguments.kwonlyargs, arguments.kw_defaults) if default is not None}
    return named + [it.arg for it in arguments.kwonlyargs], optional


class Types(unittest.TestCase):
    def test_every_stub_is_what_the_code_is(self):
        checked = 0
        for stub in stubs():
            if NEEDS.get(stub.stem) and not find_spec(NEEDS[stub.stem]):
                continue
            module = module_of(stub)
            for node in ast.parse(stub.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                    self.check_function(getattr(module, node.name), node, stub.stem)
                    checked += 1
                # Protocols describe what a decorator gives, and are no classes of the module.
                if isinstance(node, ast.ClassDef) and not any("Protocol" in ast.dump(base) for base in node.bases):
                    checked += self.check_class(getattr(module, node.name), node, stub.stem)
        self.assertGreater(checked, 60)

    def check_class(self, kind, node, place):
        methods = [it for it in node.body if isinstance(it, (ast.FunctionDef, ast.AsyncFunctionDef))]
        for method in methods:
            found = inspect.getattr_static(kind, method.name)
            if isinstance(found, property):
                self.assertEqual([it.id for it in method.decorator_list], ["property"], f"{place}: {method.name}")
                continue
            self.check_function(getattr(found, "__func__", found), method, f"{place}: {node.name}")
        public = {name for name, it in vars(kind).items() if not name.startswith("_") and (callable(it) or isinstance(it, (classmethod, property)))}
        self.assertEqual(public - {it.name for it in methods}, set(), f"{place}: {node.name}")
        return len(methods)

    def check_function(self, function, node, place):
        if node.name == "http_bench" or inspect.isbuiltin(function):  # a fixture is an object of pytest, and builtins tell nothing
            return
        self.assertEqual(inspect.iscoroutinefunction(function), isinstance(node, ast.AsyncFunctionDef), f"{place}: {node.name}")
        names, optional = parameters(node)
        found = inspect.signature(function).parameters.values()
        named = [it for it in found if it.kind not in (it.VAR_POSITIONAL, it.VAR_KEYWORD)]
        self.assertEqual(names, [it.name for it in named], f"{place}: {node.name}")
        self.assertEqual(optional, {it.name for it in named if it.default is not it.empty}, f"{place}: {node.name}")

    def test_every_public_name_of_the_package_is_in_its_stub(self):
        import dynamometer

        text = (PACKAGE / "dynamometer" / "__init__.pyi").read_text(encoding="utf-8")
        names = {it.asname for node in ast.parse(text).body if isinstance(node, ast.ImportFrom) for it in node.names}
        self.assertEqual(names, set(dynamometer.__all__))
        self.assertTrue((PACKAGE / "dynamometer" / "py.typed").is_file())
        self.assertIn('"py.typed", "*.pyi", "engine/*.pyi"', (PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))

    @unittest.skipUnless(find_spec("mypy"), "mypy is not installed")
    def test_a_checker_knows_what_a_decorated_function_is(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "program.py").write_text(PROGRAM, encoding="utf-8")
            command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir", folder, "program.py"]
            checked = subprocess.run(command, cwd=folder, env={"MYPYPATH": str(PACKAGE)}, capture_output=True, text=True, timeout=120)
        lines = [it.partition(": ")[2] for it in checked.stdout.splitlines() if it.startswith("program.py")]
        revealed = [it.rpartition('Revealed type is "')[2].rstrip('"').replace("builtins.", "") for it in lines if "Revealed" in it]
        self.assertEqual([it.rpartition("models.")[2] or it for it in revealed], list(REVEALED), checked.stdout)
        errors = [it for it in lines if it.startswith("error")]
        self.assertEqual(len(errors), 3, checked.stdout)
        for error, words in zip(errors, ('Argument 1', "overload", 'Argument "concurrency"')):
            self.assertIn(words, error)


if __name__ == "__main__":
    unittest.main()
