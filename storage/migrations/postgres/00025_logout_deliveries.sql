-- +goose Up
-- When the client of a grant was last to be told that its session is over; 0 while it is not.
ALTER TABLE grants ADD COLUMN logout_told_at BIGINT NOT NULL DEFAULT 0;

-- One per client that is to be told, written with the end of the session and deleted when
-- it is told or given up. It holds no secret: the token is signed at every attempt anew.
CREATE TABLE logout_deliveries (
    id           TEXT PRIMARY KEY NOT NULL,
    client_id    TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    session_id   TEXT NOT NULL,
    sid          TEXT NOT NULL,
    reason       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    not_before   BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    last_error   TEXT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX logout_deliveries_due ON logout_deliveries (not_before);
