-- Where the card of a request stands, by the ticket that settles it: what is decided elsewhere is shown there too.
CREATE TABLE cards (
    ticket  TEXT NOT NULL PRIMARY KEY,
    message TEXT NOT NULL
) STRICT, WITHOUT ROWID;
