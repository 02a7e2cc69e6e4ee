-- One row per run. `record` is the record as JSON with an empty list of intervals; what lists and
-- searches need is repeated in columns of its own.
CREATE TABLE run (
    id               TEXT PRIMARY KEY,
    name             TEXT NOT NULL,
    started_at       TEXT NOT NULL,
    started_at_ms    INTEGER NOT NULL,
    state            TEXT NOT NULL,
    verdict          TEXT NOT NULL,
    validity         TEXT NOT NULL,
    target           TEXT NOT NULL,
    tags             TEXT NOT NULL,
    requests         INTEGER NOT NULL,
    throughput_per_s REAL NOT NULL,
    p99_ns           INTEGER NOT NULL,
    record           TEXT NOT NULL,
    -- Who plays it, while it is played.
    pid              INTEGER,
    process_start    INTEGER,
    machine          TEXT,
    heartbeat_ms     INTEGER
) STRICT;

CREATE INDEX run_by_time ON run (started_at_ms, id);
CREATE INDEX run_by_name ON run (name, started_at_ms, id);
CREATE INDEX run_by_state ON run (state);

-- One row per second of a run, in order.
CREATE TABLE run_interval (
    run_id   TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    record   TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;
