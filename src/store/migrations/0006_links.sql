-- Which Entra account somebody on a platform that proves none has proved to have, and the sign-ins that are under way.
-- Tickets, states and codes are kept as hashes alone.
CREATE TABLE links (
    person     TEXT    NOT NULL PRIMARY KEY,
    entra      TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    how        TEXT    NOT NULL,
    linked_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_ins (
    person     TEXT    NOT NULL PRIMARY KEY,
    ticket     TEXT    UNIQUE,
    state      TEXT    UNIQUE,
    code       TEXT,
    tries      INTEGER NOT NULL DEFAULT 0,
    content    TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
