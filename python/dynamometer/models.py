"""Configuration and result of a benchmark of one client: field names, units and defaults of http-client-benchmarker.

Times are seconds, `error_rate` is percent, memory is MB. `requests_per_second` and latency figures are of successes only,
which are answers with a status below 400; all else is an error. Quantiles are interpolated linearly between samples.
"""

import math
import uuid
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Dict, List, Optional
from urllib.parse import urlsplit

from .calls import clock
from .logs import REDACTED, hide, is_secret_name, secrets_of
from .settings import Settings



@dataclass(repr=False)
class BenchmarkConfiguration:
    """What to play. `total_requests` replaces `duration_seconds`; `timeout` and pauses are seconds.

    What is `None` is taken from the settings: 10 at a time, for 30 s, 30 s timeout, 3 retries.
    """

    target_url: str
    name: str = ""
    http_method: str = "GET"
    headers: Dict[str, str] = field(default_factory=dict)
    body: str = ""
    concurrency: Optional[int] = None
    duration_seconds: Optional[float] = None
    total_requests: Optional[int] = None
    client_library: str = "requests"
    is_async: bool = False
    timeout: Optional[float] = None
    verify_ssl: bool = True
    retry_attempts: Optional[int] = None
    delay_between_requests: float = 0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self) -> None:
        self._settings = settings = Settings.read()
        for name in ("concurrency", "duration_seconds", "timeout", "retry_attempts"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(settings, f"default_{name}"))
        self.name = self.name or f"Benchmark config for {without_credentials(str(self.target_url))}"
        self.http_method = self.http_method.upper() if isinstance(self.http_method, str) else self.http_method
        self.check()

    def check(self) -> None:
        """Raises `ValueError` with the field, its value and what it may be."""
        settings = self._settings
        for name in ("target_url", "name", "http_method", "body", "client_library"):
            _must(isinstance(getattr(self, name), str), name, getattr(self, name), "a text")
        is_named = isinstance(self.headers, dict) and all(isinstance(it, str) for pair in self.headers.items() for it in pair)
        _must(is_named, "headers", self.headers, "an object of names and texts")
        for name in ("duration_seconds", "timeout", "delay_between_requests"):
            _must(_is_number(getattr(self, name)), name, getattr(self, name), "a number of seconds")
        parts = urlsplit(self.target_url)
        _must(parts.scheme in ("http", "https") and parts.hostname, "target_url", self.target_url, "an http or https URL")
        for name, known in (
            ("http_method", settings.supported_http_methods), ("client_library", settings.supported_client_libraries),
        ):  # fmt: skip
            _must(getattr(self, name) in known, name, getattr(self, name), "one of " + ", ".join(known))
        is_whole = _is_whole(self.concurrency) and 1 <= self.concurrency <= settings.max_concurrency
        _must(is_whole, "concurrency", self.concurrency, f"a whole number from 1 to {settings.max_concurrency}")
        is_short = 0 < self.duration_seconds <= settings.max_duration_seconds
        _must(is_short, "duration_seconds", self.duration_seconds, f"above 0 and at most {settings.max_duration_seconds:g}")
        is_whole = self.total_requests is None or (_is_whole(self.total_requests) and self.total_requests > 0)
        _must(is_whole, "total_requests", self.total_requests, "a whole number above 0")
        _must(self.timeout > 0, "timeout", self.timeout, "above 0")
        _must(_is_whole(self.retry_attempts) and self.retry_attempts >= 0, "retry_attempts", self.retry_attempts, "a whole number from 0")
        _must(self.delay_between_requests >= 0, "delay_between_requests", self.delay_between_requests, "0 or more")

    @classmethod
    def from_dict(cls, values: Dict[str, Any]) -> "BenchmarkConfiguration":
        """From an object of its keys; unknown ones raise `ValueError`."""
        known = {it.name for it in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"configuration has unknown keys {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        return cls(**values)

    def to_dict(self) -> Dict[str, Any]:
        return asdict(self)

    def redacted(self) -> Dict[str, Any]:
        """The same without what may be a secret, for keeping."""
        secrets = secrets_of(self.headers, self.target_url, self.body)
        kept = self.to_dict()
        # By name as well: a short secret is none to look for, but it is one to hide.
        kept["headers"] = {name: REDACTED if is_secret_name(name) else hide(value, secrets) for name, value in self.headers.items()}
        kept["target_url"] = hide(without_credentials(self.target_url), secrets)
        kept["body"], kept["name"] = hide(self.body, secrets), hide(self.name, secrets)
        if self._settings.changed:
            kept["environment"] = dict(self._settings.changed)
        return kept

    def __repr__(self) -> str:
        # It ends up in logs and in the reports of tests.
        return f"BenchmarkConfiguration({', '.join(f'{name}={value!r}' for name, value in self.redacted().items())})"


@dataclass
class ResourceMetrics:
    """A sample of what the process of a client used. Bytes and disk are since its start.

    `cpu_percent` is of one core since the sample before, so several threads may come above 100; bytes are of the bodies of
    requests that had ended.
    """

    benchmark_id: str
    timestamp: datetime
    cpu_percent: float
    memory_mb: float
    bytes_sent: int
    bytes_received: int
    disk_read_mb: float
    disk_write_mb: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class BenchmarkResult:
    """What came of it.

    `network_io` has `bytes_sent` and `bytes_received` of bodies, `status_codes` the answers of each status, `errors` those that
    are none or were rejected, by kind, `checks` the judged objectives, and `resource_metrics` samples of what the client used.
    """

    name: str
    client_library: str
    client_type: str
    http_method: str
    url: str
    start_time: datetime
    end_time: datetime
    duration: float
    requests_count: int
    requests_per_second: float
    avg_response_time: float
    min_response_time: float
    max_response_time: float
    p95_response_time: float
    p99_response_time: float
    cpu_usage_avg: float
    memory_usage_avg: float
    network_io: Dict[str, int]
    error_count: int
    error_rate: float
    concurrency_level: int
    config_snapshot: Dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    streamed: bool = False
    chunk_count: int = 0
    errors: Dict[str, int] = field(default_factory=dict)
    status_codes: Dict[str, int] = field(default_factory=dict)
    checks: List[Dict[str, Any]] = field(default_factory=list)
    resource_metrics: List[ResourceMetrics] = field(default_factory=list)

    def to_dict(self) -> Dict[str, Any]:
        """With times as ISO 8601."""
        kept = asdict(self)
        kept["start_time"], kept["end_time"] = self.start_time.isoformat(), self.end_time.isoformat()
        for sample in kept["resource_metrics"]:
            sample["timestamp"] = sample["timestamp"].isoformat()
        return kept

    def resource_summary(self) -> Dict[str, float]:
        """`cpu_avg`, `cpu_max`, `memory_percent_avg`, `memory_mb_avg`, `memory_mb_max` and `sample_count` of the samples."""
        from .resources import summary

        return summary(self.resource_metrics)


def result_of_calls(stats):
    """The result of calls that were timed in passing: all that can be known of them."""
    now, now_ns = datetime.now().astimezone(), clock()
    start, end = (now - timedelta(seconds=(now_ns - at) / 1e9) if at else now for at in (stats.first_ns, stats.last_ns))
    times = stats.times
    return BenchmarkResult(
        name=stats.name, client_library="", client_type="", http_method="", url="", start_time=start, end_time=end,
        duration=stats.elapsed_ns / 1e9, requests_count=stats.calls, requests_per_second=stats.rate_per_s,
        avg_response_time=times.mean() / 1e9, min_response_time=times.min() / 1e9, max_response_time=times.max() / 1e9,
        p95_response_time=times.quantile(0.95) / 1e9, p99_response_time=times.quantile(0.99) / 1e9, cpu_usage_avg=0.0,
        memory_usage_avg=0.0, network_io={"bytes_sent": 0, "bytes_received": 0}, error_count=stats.failed,
        error_rate=100 * stats.failed / stats.calls if stats.calls else 0.0, concurrency_level=1, config_snapshot={},
    )  # fmt: skip


def without_credentials(url: str) -> str:
    """The URL without user and password."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return parts._replace(netloc=f"{REDACTED}@{parts.netloc.rpartition('@')[2]}").geturl()


def is_success(status: int) -> bool:
    """Whether an answer of this status counts as one; 0 is no answer."""
    return 0 < status < 400


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _must(holds, name, value, wanted):
    if not holds:
        raise ValueError(f"{name} is {value!r}; it must be {wanted}")
