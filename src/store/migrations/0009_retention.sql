-- How much of the audit trail was moved to a file: up to this record, whose hash the next one still names.
CREATE TABLE audit_floor (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    hash     TEXT    NOT NULL
) STRICT;

INSERT INTO audit_floor (id, sequence, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- The floor rises to a record that stands, once the trail itself says so in a later one.
CREATE TRIGGER audit_floor_rises BEFORE UPDATE ON audit_floor
WHEN NEW.id <> 1
    OR NEW.sequence <= OLD.sequence
    OR NOT EXISTS (SELECT 1 FROM audit WHERE sequence = NEW.sequence AND hash = NEW.hash)
    OR NOT EXISTS (
        SELECT 1 FROM audit
        WHERE event = 'archived' AND operation = 'archive:' || NEW.sequence || ':' || NEW.hash AND sequence > NEW.sequence
    )
BEGIN
    SELECT RAISE(ABORT, 'the trail must say itself that its beginning was archived');
END;

CREATE TRIGGER audit_floor_stays BEFORE DELETE ON audit_floor
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

-- Below the floor records may go.
DROP TRIGGER audit_is_not_cut;

CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
WHEN OLD.sequence > (SELECT sequence FROM audit_floor WHERE id = 1)
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
