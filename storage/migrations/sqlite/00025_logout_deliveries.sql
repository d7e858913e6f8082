-- +goose Up
-- When the client of a grant was last to be told that its session is over; 0 while it is not.
ALTER TABLE grants ADD COLUMN logout_told_at INTEGER NOT NULL DEFAULT 0;

-- One per client that is to be told, written with the end of the session and deleted when
-- it is told or given up. It holds no secret: the token is signed at every attempt anew.
CREATE TABLE logout_deliveries (
    id           TEXT PRIMARY KEY NOT NULL,
    client_id    TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    session_id   TEXT NOT NULL,
    sid          TEXT NOT NULL,
    reason       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    not_before   INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    last_error   TEXT NOT NULL,
    leased_until INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX logout_deliveries_due ON logout_deliveries (not_before);
