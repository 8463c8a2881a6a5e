-- The first schema. Times are nanoseconds since 1970 in UTC; conversations, identities and contents are JSON text.

-- Marks the file as Latchkey's ("LKEY"), so that another program's database is never written to.
PRAGMA application_id = 1280001369;

CREATE TABLE events (
    platform TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    seen_at  INTEGER NOT NULL,
    PRIMARY KEY (platform, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_by_age ON events (seen_at);

CREATE TABLE tickets (
    id           TEXT    NOT NULL PRIMARY KEY,
    conversation TEXT    NOT NULL,
    holder       TEXT,
    content      TEXT    NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX tickets_by_age ON tickets (expires_at);

CREATE TABLE questions (
    conversation TEXT    NOT NULL,
    person       TEXT    NOT NULL,
    content      TEXT    NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (conversation, person)
) STRICT, WITHOUT ROWID;

-- `body` is the exact text that was hashed; the other columns repeat what is in it, for finding records.
CREATE TABLE audit (
    sequence  INTEGER NOT NULL PRIMARY KEY,
    event     TEXT    NOT NULL,
    operation TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    previous  TEXT    NOT NULL,
    hash      TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_by_operation ON audit (operation, sequence);

-- How far the trail goes, kept apart from it, so that records cut off at its end are missed.
CREATE TABLE audit_head (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    hash     TEXT    NOT NULL
) STRICT;

INSERT INTO audit_head (id, sequence, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- Without the check on INSERT, `INSERT OR REPLACE` would delete a record and no DELETE trigger would see it.
CREATE TRIGGER audit_only_grows BEFORE INSERT ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_head WHERE sequence + 1 = NEW.sequence AND hash = NEW.previous)
BEGIN
    SELECT RAISE(ABORT, 'the audit trail only grows at its end');
END;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head
WHEN NEW.id <> 1
    OR NEW.sequence <> OLD.sequence + 1
    OR NOT EXISTS (SELECT 1 FROM audit WHERE sequence = NEW.sequence AND hash = NEW.hash)
BEGIN
    SELECT RAISE(ABORT, 'the head of the audit trail follows its last record');
END;

CREATE TRIGGER audit_head_is_one BEFORE INSERT ON audit_head
BEGIN
    SELECT RAISE(ABORT, 'the audit trail has one head');
END;

CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
BEGIN
    SELECT RAISE(ABORT, 'the audit trail keeps its head');
END;
