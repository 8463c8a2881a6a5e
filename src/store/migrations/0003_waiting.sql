-- Clicks and commands that were taken and are not answered yet: a restart takes them up.
CREATE TABLE waiting (
    platform TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    content  TEXT    NOT NULL,
    PRIMARY KEY (platform, id)
) STRICT;
