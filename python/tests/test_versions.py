"""The package can be read by the oldest Python that it promises: syntax, and names that came later."""

import ast
import re
import unittest
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
OLDEST = (3, 9)

# What a reader of the syntax tree can tell to be newer than 3.9: (module, name), and the version it came with.
NEWER = {
    ("itertools", "pairwise"): "3.10", ("bisect", "key"): "3.10", ("dataclasses", "KW_ONLY"): "3.10", ("sys", "orig_argv"): "3.10",
    ("itertools", "batched"): "3.12", ("asyncio", "TaskGroup"): "3.11", ("asyncio", "timeout"): "3.11", ("asyncio", "Runner"): "3.11",
    ("datetime", "UTC"): "3.11", ("typing", "Self"): "3.11", ("typing", "override"): "3.12", ("inspect", "get_annotations"): "3.10",
    ("enum", "StrEnum"): "3.11", ("contextlib", "chdir"): "3.11", ("contextlib", "aclosing"): "3.10", ("hashlib", "file_digest"): "3.11",
}  # fmt: skip
NEWER_MODULES = {"tomllib": "3.11"}
NEWER_KEYWORDS = {("zip", "strict"): "3.10", ("dataclass", "slots"): "3.10", ("dataclass", "kw_only"): "3.10"}
NEWER_NAMES = {"ExceptionGroup": "3.11", "BaseExceptionGroup": "3.11", "aiter": "3.10", "anext": "3.10", "EncodingWarning": "3.10"}


def findings(source):
    """What of a source is newer than the oldest Python, as texts. Raises `SyntaxError` for syntax that is."""
    tree = ast.parse(source, feature_version=OLDEST)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"{it.name}: {NEWER_MODULES[it.name]}" for it in node.names if it.name in NEWER_MODULES)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{it.name}: {NEWER[node.module, it.name]}" for it in node.names if (node.module, it.name) in NEWER)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in NEWER:
            yield f"{node.value.id}.{node.attr}: {NEWER[node.value.id, node.attr]}"
        if isinstance(node, ast.Name) and node.id in NEWER_NAMES:
            yield f"{node.id}: {NEWER_NAMES[node.id]}"
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            yield from (f"{name}({it.arg}=): {NEWER_KEYWORDS[name, it.arg]}" for it in node.keywords if (name, it.arg) in NEWER_KEYWORDS)
        yield from (f"X | Y in an annotation: 3.10 (line {it.lineno})" for it in annotations(node) if has_union(it))


def annotations(node):
    for field in ("annotation", "returns"):
        found = getattr(node, field, None)
        if found is not None:
            yield found


def has_union(annotation):
    return any(isinstance(it, ast.BinOp) and isinstance(it.op, ast.BitOr) for it in ast.walk(annotation))


class Versions(unittest.TestCase):
    def test_every_file_of_the_package_is_python_3_9(self):
        files = sorted((PACKAGE / "dynamometer").rglob("*.py"))
        self.assertGreater(len(files), 30)
        for file in files:
            with self.subTest(file.name):
                self.assertEqual(list(findings(file.read_text(encoding="utf-8"))), [])

    def test_what_is_newer_is_found(self):
        for source in (
            "from itertools import pairwise", "import tomllib", "zip(a, b, strict=True)", "asyncio.timeout(1)", "anext(a)",
            "def f(a: int | None): pass", "x: int | str = 1",
        ):  # fmt: skip
            with self.subTest(source):
                self.assertEqual(len(list(findings(source))), 1)
        for source in ("match a:\n    case 1: pass", "try: pass\nexcept* ValueError: pass"):
            with self.subTest(source), self.assertRaises(SyntaxError):
                list(findings(source))

    def test_the_promise_is_the_packages_own(self):
        text = (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")
        promised = re.search(r'requires-python = ">=(\d+)\.(\d+)"', text)
        self.assertEqual(tuple(map(int, promised.groups())), OLDEST)


if __name__ == "__main__":
    unittest.main()
