-- Benchmarks of single client libraries, asked for over the results API or read from other programs. `record` is the whole
-- record as JSON, without secrets; what lists need is repeated in columns.
CREATE TABLE benchmark_configuration (
    id     TEXT PRIMARY KEY,
    record TEXT NOT NULL
) STRICT;

-- Results name their configuration without referring to its row: those of other programs have none.
CREATE TABLE benchmark_result (
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    client_library TEXT NOT NULL,
    http_method    TEXT NOT NULL,
    status         TEXT NOT NULL,
    start_time     TEXT NOT NULL,
    start_ms       INTEGER NOT NULL,
    record         TEXT NOT NULL,
    -- Who plays it, while it is played.
    pid            INTEGER,
    process_start  INTEGER,
    machine        TEXT,
    heartbeat_ms   INTEGER
) STRICT;

CREATE INDEX benchmark_result_by_time ON benchmark_result (start_ms, id);
CREATE INDEX benchmark_result_by_name ON benchmark_result (name, start_ms, id);
