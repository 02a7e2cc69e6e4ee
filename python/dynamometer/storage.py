"""Results in SQLite, in the table of http-client-benchmarker: its databases can be read, ours can be read by it.

Times are seconds and ISO 8601 texts, objects are JSON. Secrets are taken out before a result comes here.
"""

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

from .logs import logger
from .models import BenchmarkResult, ResourceMetrics
from .settings import Settings

log = logger("storage")

COLUMNS = {
    "id": "TEXT PRIMARY KEY", "name": "TEXT", "client_library": "TEXT", "client_type": "TEXT", "http_method": "TEXT", "url": "TEXT",
    "start_time": "TEXT", "end_time": "TEXT", "duration": "REAL", "requests_count": "INTEGER", "requests_per_second": "REAL",
    "avg_response_time": "REAL", "min_response_time": "REAL", "max_response_time": "REAL", "p95_response_time": "REAL",
    "p99_response_time": "REAL", "cpu_usage_avg": "REAL", "memory_usage_avg": "REAL", "network_io": "TEXT", "error_count": "INTEGER",
    "error_rate": "REAL", "concurrency_level": "INTEGER", "config_snapshot": "TEXT",
}  # fmt: skip

# A sample is found by its benchmark; the old framework has no such table.
SAMPLE_COLUMNS = {
    "id": "TEXT", "benchmark_id": "TEXT", "timestamp": "TEXT", "cpu_percent": "REAL", "memory_mb": "REAL", "bytes_sent": "INTEGER",
    "bytes_received": "INTEGER", "disk_read_mb": "REAL", "disk_write_mb": "REAL", "PRIMARY KEY": "(benchmark_id, timestamp, id)",
}  # fmt: skip
SAMPLE_FIELDS = tuple(SAMPLE_COLUMNS)[:-1]

# Each brings a database from one `user_version` to the next. A database of the old framework has version 0 and the table.
MIGRATIONS = (
    "CREATE TABLE IF NOT EXISTS benchmark_results ("
    + ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    + ", created_at TEXT DEFAULT CURRENT_TIMESTAMP)",
    "CREATE INDEX IF NOT EXISTS benchmark_results_by_name ON benchmark_results (name, start_time)",
    "CREATE TABLE IF NOT EXISTS resource_metrics ("
    + ", ".join(f"{name} {kind}" for name, kind in SAMPLE_COLUMNS.items())
    + ") WITHOUT ROWID",
)


class StorageError(Exception):
    """The database cannot be used: which file, and why."""


class ResultStorage:
    """A file of results; `HTTP_BENCHMARK_SQLITE_DB_PATH` or `benchmark_results.db` when none is named."""

    def __init__(self, db_path=None):
        self.settings = Settings.read()
        self.path = str(db_path or self.settings.sqlite_db_path)
        with self._open() as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise StorageError(f"{self.path} has version {version}, this package knows {len(MIGRATIONS)}; update the package")
            for number in range(version, len(MIGRATIONS)):
                database.execute(MIGRATIONS[number])
                database.execute(f"PRAGMA user_version = {number + 1}")

    def _open(self):
        """A connection that commits on success, rolls back on failure, and is closed in both cases."""
        return _Connection(self.path)

    def save_result(self, result):
        """Keeps a result, replaces one of the same id; returns the id."""
        values = result.to_dict()
        row = [json.dumps(values[name]) if isinstance(values[name], dict) else values[name] for name in COLUMNS]
        names, holes = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
        samples = [[sample[name] for name in SAMPLE_FIELDS] for sample in values["resource_metrics"]]
        with self._open() as database:
            database.execute(f"INSERT OR REPLACE INTO benchmark_results ({names}) VALUES ({holes})", row)
            database.execute("DELETE FROM resource_metrics WHERE benchmark_id = ?", [result.id])
            names, holes = ", ".join(SAMPLE_FIELDS), ", ".join("?" * len(SAMPLE_FIELDS))
            database.executemany(f"INSERT INTO resource_metrics ({names}) VALUES ({holes})", samples)
        return result.id

    def get_resource_metrics(self, benchmark_id):
        """The samples of a benchmark in the order of time, which results of lists do without."""
        names = ", ".join(SAMPLE_FIELDS)
        with self._open() as database:
            query = f"SELECT {names} FROM resource_metrics WHERE benchmark_id = ? ORDER BY timestamp"
            rows = database.execute(query, [benchmark_id]).fetchall()
        samples = [ResourceMetrics(**dict(zip(SAMPLE_FIELDS, row))) for row in rows]
        for sample in samples:
            sample.timestamp = datetime.fromisoformat(sample.timestamp)
        return samples

    def get_result_by_id(self, result_id):
        """The result, or `None`. Raises `StorageError` when its row cannot be read."""
        result = next(iter(self._select("WHERE id = ?", [result_id], is_one=True)), None)
        if result:
            result.resource_metrics = self.get_resource_metrics(result_id)
        return result

    def get_results_by_name(self, name):
        """All of a name, the newest first. Rows that cannot be read are logged and left out, here and in all lists."""
        return self._select("WHERE name = ? ORDER BY start_time DESC", [name])

    def get_all_results(self, limit=-1, offset=0):
        """All, the newest first."""
        return self._select("ORDER BY start_time DESC LIMIT ? OFFSET ?", [limit, offset])

    def compare_results(self, result_ids):
        """Those results in the order given, with the ids of the fastest, the one with most throughput, the fewest errors.

        Plain figures of single runs: `dyno` says whether a difference is more than chance.
        """
        results = [it for it in map(self.get_result_by_id, result_ids) if it]
        missing = sorted(set(result_ids) - {it.id for it in results})
        if missing:
            raise StorageError(f"{self.path} has no result {', '.join(missing)}")
        fields = (
            "id", "name", "client_library", "requests_per_second", "avg_response_time", "error_rate", "cpu_usage_avg", "memory_usage_avg",
        )  # fmt: skip
        best = {
            "fastest_avg_response_time": min(results, key=lambda it: it.avg_response_time, default=None),
            "highest_throughput": max(results, key=lambda it: it.requests_per_second, default=None),
            "lowest_error_rate": min(results, key=lambda it: it.error_rate, default=None),
        }
        return {
            "comparison": [{name: getattr(it, name) for name in fields} for it in results],
            "summary": {name: it.id if it else None for name, it in best.items()},
        }

    def prune(self, days=None):
        """Removes results older than so many days (90, or `HTTP_BENCHMARK_RESULTS_RETENTION_DAYS`); how many."""
        oldest = datetime.now().astimezone() - timedelta(days=self.settings.results_retention_days if days is None else days)
        old = [it.id for it in self.get_all_results() if it.start_time.astimezone() < oldest]
        with self._open() as database:
            database.executemany("DELETE FROM benchmark_results WHERE id = ?", [(it,) for it in old])
            database.executemany("DELETE FROM resource_metrics WHERE benchmark_id = ?", [(it,) for it in old])
        return len(old)

    def _select(self, rest, arguments, is_one=False):
        with self._open() as database:
            rows = database.execute(f"SELECT {', '.join(COLUMNS)} FROM benchmark_results {rest}", arguments).fetchall()
        results = []
        for row in rows:
            try:
                results.append(_result(dict(zip(COLUMNS, row))))
            except (ValueError, TypeError, AttributeError) as failure:
                problem = f"{self.path} has the result {row[0]}, which cannot be read: {failure}"
                if is_one:
                    raise StorageError(problem) from failure
                log.warning("%s", problem)
        return results


class _Connection:
    def __init__(self, path):
        self._path = path

    def __enter__(self):
        try:
            self._database = sqlite3.connect(self._path)
        except sqlite3.Error as failure:
            raise StorageError(f"cannot open {self._path}: {failure}") from failure
        return self._database

    def __exit__(self, kind, failure, _traceback):
        with closing(self._database):
            if kind is None:
                self._database.commit()
        if isinstance(failure, sqlite3.Error):
            raise StorageError(f"cannot use {self._path}: {failure}; it must be a database of benchmark results") from failure


def _result(row):
    for name in ("start_time", "end_time"):
        if not isinstance(row[name], str):
            raise ValueError(f"its {name} is {row[name]!r}")
        row[name] = datetime.fromisoformat(row[name].replace("Z", "+00:00"))
    for name in ("network_io", "config_snapshot"):
        row[name] = json.loads(row[name] or "{}")
    # The old framework counted packets of the whole machine, and wrote `bytes_recv`.
    io = row["network_io"]
    row["network_io"] = {"bytes_sent": io.get("bytes_sent", 0), "bytes_received": io.get("bytes_received", io.get("bytes_recv", 0))}
    return BenchmarkResult(**row)
