-- The kill switch, and what was begun lately, for limits.
CREATE TABLE freeze (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    since  INTEGER NOT NULL,
    who    TEXT    NOT NULL,
    reason TEXT
) STRICT;

-- `target` is empty once a run turned out to have changed nothing: it needs no cooling down.
CREATE TABLE runs (
    operation     TEXT    NOT NULL PRIMARY KEY,
    at            INTEGER NOT NULL,
    administrator TEXT    NOT NULL,
    action        TEXT    NOT NULL,
    target        TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX runs_by_time ON runs (at);
