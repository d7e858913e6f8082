-- +goose Up
-- Times are Unix microseconds in every table; 0 means "not yet".
CREATE TABLE clients (
    id          TEXT PRIMARY KEY NOT NULL,
    secret_hash BLOB,
    disabled    INTEGER NOT NULL,
    dynamic     INTEGER NOT NULL,
    metadata    TEXT NOT NULL,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

-- A stamp grows with every change under its topic; nodes poll it to drop what they cached.
CREATE TABLE change_stamps (
    topic TEXT PRIMARY KEY NOT NULL,
    stamp INTEGER NOT NULL
) STRICT;
INSERT INTO change_stamps (topic, stamp) VALUES ('clients', 1), ('keys', 1);

CREATE TABLE signing_keys (
    id         TEXT PRIMARY KEY NOT NULL,
    algorithm  TEXT NOT NULL,
    generation INTEGER NOT NULL,
    sealed     BLOB NOT NULL,
    public     BLOB NOT NULL,
    state      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL,
    retires_at INTEGER NOT NULL,
    UNIQUE (algorithm, generation)
) STRICT;
