-- +goose Up
-- Checked authorization requests that clients pushed. A row outlives expires_at by the time
-- an interaction may take: that is when used_at is decided.
CREATE TABLE pushed_requests (
    hash       BLOB PRIMARY KEY NOT NULL,
    client_id  TEXT NOT NULL,
    request    BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX pushed_requests_expiry ON pushed_requests (expires_at);
