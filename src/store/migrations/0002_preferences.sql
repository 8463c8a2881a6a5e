-- What people chose for themselves: the language to be answered in.
CREATE TABLE preferences (
    person   TEXT NOT NULL PRIMARY KEY,
    language TEXT NOT NULL
) STRICT, WITHOUT ROWID;
