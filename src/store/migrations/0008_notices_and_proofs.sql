-- What must be told to the owner of an account: owed from the moment in which an action is begun, and taken in hand once.
CREATE TABLE notices (
    operation TEXT    NOT NULL PRIMARY KEY,
    content   TEXT    NOT NULL,
    in_hand   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Whether the owner of an account was proved to be behind a request: one attempt for each request and account. A code is
-- kept as a salted hash alone.
CREATE TABLE proofs (
    request     TEXT    NOT NULL,
    target      TEXT    NOT NULL,
    how         TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    content     TEXT    NOT NULL,
    code        TEXT,
    tries       INTEGER NOT NULL DEFAULT 0,
    asked_at    INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (request, target)
) STRICT, WITHOUT ROWID;

CREATE INDEX proofs_by_time ON proofs (asked_at);
