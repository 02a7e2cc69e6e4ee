-- One row per contest of HTTP client libraries. `record` is the whole record as JSON; what lists and rules need is
-- repeated in columns.
CREATE TABLE clients (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    at        TEXT NOT NULL,
    at_ms     INTEGER NOT NULL,
    validity  TEXT NOT NULL,
    target    TEXT NOT NULL,
    requests  INTEGER NOT NULL,
    -- Lists of texts.
    tags      TEXT NOT NULL,
    clients   TEXT NOT NULL,
    record    TEXT NOT NULL
) STRICT;

CREATE INDEX clients_by_time ON clients (at_ms, id);
CREATE INDEX clients_by_name ON clients (name, at_ms, id);
