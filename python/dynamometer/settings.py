"""Settings from the environment: `HTTP_BENCHMARK_…`, in any case, with the names and defaults of http-client-benchmarker.

What was set is logged when it is read, and kept in every result's snapshot.
"""

import os
from dataclasses import dataclass, field, fields
from typing import Dict, Mapping, Optional, Tuple

from .logs import logger

PREFIX = "HTTP_BENCHMARK_"
log = logger("settings")


@dataclass
class Settings:
    """All of them. Times are seconds; `changed` holds the variables that were set."""

    app_name: str = "HTTP Client Performance Benchmark Framework"
    app_version: str = "0.1.0"
    default_concurrency: int = 10
    default_duration_seconds: float = 30
    default_timeout: float = 30
    default_retry_attempts: int = 3
    max_concurrency: int = 10_000
    max_duration_seconds: float = 3600
    resource_monitoring_interval: float = 0.1
    cpu_monitoring_enabled: bool = True
    memory_monitoring_enabled: bool = True
    network_monitoring_enabled: bool = True
    sqlite_db_path: str = "benchmark_results.db"
    results_retention_days: int = 90
    supported_client_libraries: Tuple[str, ...] = (
        "requests", "requestx", "httpx", "aiohttp", "urllib3", "pycurl", "httpx2", "niquests", "httpcore", "curl_cffi",
        "wreq", "pyreqwest", "primp", "stdlib", "raw",
    )  # fmt: skip
    supported_http_methods: Tuple[str, ...] = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "STREAM")
    changed: Dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, environment: Optional[Mapping[str, str]] = None) -> "Settings":
        """From the environment. Raises `ValueError` with the variable, its value and what it must be."""
        environment = os.environ if environment is None else environment
        given = {name.upper(): value for name, value in environment.items() if name.upper().startswith(PREFIX)}
        self = cls()
        for it in fields(cls):
            variable = PREFIX + it.name.upper()
            if it.name != "changed" and variable in given:
                setattr(self, it.name, _read(variable, given[variable], it.type, it.default))
                self.changed[variable] = given[variable]
                log.info("%s=%s sets %s", variable, given[variable], it.name)
        if not self.resource_monitoring_interval > 0:
            variable = PREFIX + "RESOURCE_MONITORING_INTERVAL"
            raise ValueError(f"{variable} is `{given[variable]}`; it must be above 0 seconds")
        for variable in sorted(set(given) - set(self.changed)):
            log.warning("%s is no setting; known are %s", variable, ", ".join(it.name for it in fields(cls) if it.name != "changed"))
        return self


def _read(variable, text, kind, default):
    try:
        if kind is bool:
            return {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}[text.lower()]
        if isinstance(default, tuple):
            return tuple(filter(None, (it.strip(" '\"") for it in text.strip("[]").split(","))))
        return kind(text)
    except (KeyError, ValueError):
        wanted = {bool: "true or false", int: "a whole number"}.get(kind, "a number")
        raise ValueError(f"{variable} is `{text}`; it must be {wanted}") from None
