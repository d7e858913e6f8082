-- +goose Up
-- Times are Unix microseconds in every table; 0 means "not yet".
CREATE TABLE clients (
    id          TEXT PRIMARY KEY,
    secret_hash BYTEA,
    disabled    BOOLEAN NOT NULL,
    dynamic     BOOLEAN NOT NULL,
    metadata    TEXT NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

-- A stamp grows with every change under its topic; nodes poll it to drop what they cached.
CREATE TABLE change_stamps (
    topic TEXT PRIMARY KEY,
    stamp BIGINT NOT NULL
);
INSERT INTO change_stamps (topic, stamp) VALUES ('clients', 1), ('keys', 1);

CREATE TABLE signing_keys (
    id         TEXT PRIMARY KEY,
    algorithm  TEXT NOT NULL,
    generation BIGINT NOT NULL,
    sealed     BYTEA NOT NULL,
    public     BYTEA NOT NULL,
    state      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    retires_at BIGINT NOT NULL,
    UNIQUE (algorithm, generation)
);
