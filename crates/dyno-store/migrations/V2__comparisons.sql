-- One row per comparison. `record` is the whole record as JSON; what lists and rules need is repeated in columns.
-- Arms name stored runs by id without referring to their rows: a comparison outlives its runs.
CREATE TABLE comparison (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    at       TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    state    TEXT NOT NULL,
    evidence TEXT NOT NULL,
    -- A list of objects with letter, label and run_id.
    arms     TEXT NOT NULL,
    record   TEXT NOT NULL
) STRICT;

CREATE INDEX comparison_by_time ON comparison (at_ms, id);
CREATE INDEX comparison_by_name ON comparison (name, at_ms, id);
