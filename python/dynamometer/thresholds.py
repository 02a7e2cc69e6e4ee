"""Objectives in `dyno`'s grammar: a metric, a comparison, a limit, such as `p99 < 20ms`.

What a decorated function can be judged by: times (`p99`, `p99.9`, `mean`, `min`, `max`), `errors` as a share or a
count, `rate` per second, and `requests`, which are its calls.

Behind the limit may stand a tolerance, `p99 <= 20ms~10%` or `p99 <= 20ms~10%,50us`: the objective is missed by more than that. A
percentage is one of the limit, and of several parts the largest counts.
"""

import operator
import re

OPERATORS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq, "<": operator.lt, ">": operator.gt}
_UNITS_NS = {"ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "sec": 1e9, "m": 60e9, "min": 60e9, "h": 3600e9, "d": 86400e9}
_FOREIGN = {
    "avg": "mean", "average": "mean", "median": "p50", "med": "p50", "error_rate": "errors", "failures": "errors",
    "rps": "rate", "qps": "rate", "throughput": "rate", "count": "requests", "calls": "requests", "latency": "p99",
    "maximum": "max",
}  # fmt: skip
_NUMBER = r"\d[\d_]*(?:\.\d+)?"


class ThresholdError(ValueError):
    """The text is no objective: what is wrong with it, and what to write."""


class Threshold:
    """One objective. `limit` is in ns for times, a share (0 to 1) or a count for `errors`, per second for `rate`."""

    def __init__(self, text):
        self.text = text.strip()
        match = re.fullmatch(r"\s*([A-Za-z_.0-9]*)\s*([<>=!]+)\s*(.*?)\s*", text)
        if not match:
            raise ThresholdError(f"threshold `{text}` has no comparison; write one such as `p99 < 20ms`")
        metric, sign, limit = match.groups()
        if sign not in OPERATORS:
            raise ThresholdError(f"threshold `{text}` compares with the unknown sign `{sign}`; write one of < <= > >= ==")
        if metric.startswith(("response.", "response_time.")):
            metric = metric.partition(".")[2]
        self.metric, self.sign = metric, sign
        self.quantile = _quantile(metric)
        self.is_time = self.quantile is not None or metric in ("min", "mean", "max")
        if not self.is_time and metric not in ("errors", "rate", "requests"):
            better = _FOREIGN.get(metric.lower())
            hint = f"write `{better}`" if better else "write p50, p99, p99.9, mean, min, max, errors, rate or requests"
            raise ThresholdError(f"threshold `{text}` names the unknown metric `{metric}`; {hint}")
        limit, _, tolerance = (it.strip() for it in limit.partition("~"))
        self.is_share = metric == "errors" and limit.endswith("%")
        self.limit = self._read(limit)
        has_tolerance = "~" in text
        self.tolerance = max(map(self._read_tolerance, tolerance.split(","))) if has_tolerance else 0.0

    def _read(self, limit):
        def wrong(example):
            return ThresholdError(f"threshold `{self.text}` has the limit `{limit}`; write `{self.metric} {self.sign} {example}`")

        if self.is_time:
            if limit == "0":
                return 0.0
            if re.fullmatch(_NUMBER, limit):
                raise ThresholdError(f"threshold `{self.text}` has no unit; write `{self.metric} {self.sign} {limit}ms`")
            parts = re.findall(rf"({_NUMBER})\s*([a-zµμ]+)", limit)
            if not parts or "".join(map("".join, parts)) != limit.replace(" ", "") or any(unit not in _UNITS_NS for _, unit in parts):
                raise wrong("20ms")
            return sum(float(number) * _UNITS_NS[unit] for number, unit in parts)
        if self.metric == "rate":
            match = re.fullmatch(rf"({_NUMBER})\s*/\s*(s|sec|m|min|h)", limit)
            if not match:
                raise wrong("1000/s")
            return float(match[1]) * 1e9 / _UNITS_NS[match[2]]
        match = re.fullmatch(rf"({_NUMBER})\s*(%?)", limit)
        if not match or (match[2] and self.metric != "errors") or (not match[2] and "." in match[1]):
            raise wrong("0.1%" if self.metric == "errors" else "10000")
        return float(match[1]) / 100 if match[2] else float(match[1])

    def _read_tolerance(self, part):
        share = re.fullmatch(rf"({_NUMBER})\s*%", part.strip())
        if share:
            return self.limit * float(share[1]) / 100
        if self.is_share or not part.strip():
            raise ThresholdError(f"threshold `{self.text}` has the tolerance `{part.strip()}`; write a share of the limit such as `~10%`")
        return self._read(part.strip())

    def _holds(self, value):
        if self.sign == "==":
            return abs(value - self.limit) <= self.tolerance
        away = self.tolerance if self.sign.startswith("<") else -self.tolerance
        return OPERATORS[self.sign](value, self.limit + away)

    def judge(self, stats):
        """The check of a record for `stats`, which has `times` (a histogram), `calls`, `failed` and `rate_per_s`."""
        samples = stats.times.count if self.is_time else stats.calls
        value = self._value(stats)
        ok = samples > 0 and self._holds(value)
        shown, limit = self._show(value), self._show(self.limit)
        within = f" and {self._show(self.tolerance)} of tolerance" if self.tolerance else ""
        detail = f"{self.metric} was {shown}, limit {limit}{within}" if samples else f"{self.metric} has no samples to stand on"
        check = {"threshold": self.text, "ok": bool(ok), "limit": float(self.limit), "samples": samples, "detail": detail}
        check["value_ns" if self.is_time else "value"] = round(value) if self.is_time else float(value)
        return check

    def _value(self, stats):
        if self.quantile is not None:
            return stats.times.quantile(self.quantile)
        if self.is_time:
            return getattr(stats.times, self.metric)()
        if self.metric == "errors":
            return stats.failed / max(stats.calls, 1) if self.is_share else stats.failed
        return stats.rate_per_s if self.metric == "rate" else stats.calls

    def _show(self, value):
        if self.is_time:
            return show_time(value)
        if self.metric == "rate":
            return f"{value:.1f}/s"
        return f"{value * 100:.3g} %" if self.is_share else f"{value:g}"


def read_gate(gate):
    """Objectives of an argument: `"p99 < 20ms"`, several in a list, or `{"p99": "<= 20ms", "errors": "< 1%"}`."""
    if not gate:
        return []
    if isinstance(gate, str):
        gate = [gate]
    if isinstance(gate, dict):
        gate = [f"{metric} {rest}" for metric, rest in gate.items()]
    if not isinstance(gate, (list, tuple, set, frozenset)) or not all(isinstance(text, str) for text in gate):
        raise ThresholdError(f"gate is {gate!r}; write a text such as 'p99 < 20ms', a list of them, or an object of metric and rest")
    return [Threshold(text) for text in gate]


def show_time(ns):
    """Three figures and a unit."""
    for unit, scale in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= scale:
            return f"{ns / scale:.3g} {unit}" if ns / scale < 1000 else f"{ns / scale:.0f} {unit}"
    return f"{ns:.0f} ns"


def _quantile(metric):
    match = re.fullmatch(r"p(\d+(?:\.\d+)?)", metric)
    if not match:
        return None
    share = float(f"{match[1]}e-2")
    return share if 0 < share < 1 else None
