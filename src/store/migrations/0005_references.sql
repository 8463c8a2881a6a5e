-- How a chat platform is reached where it tells that in passing: kept for its gateway, which alone knows what the keys
-- and values mean.
CREATE TABLE platform_references (
    platform TEXT NOT NULL,
    key      TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (platform, key)
) STRICT, WITHOUT ROWID;
