-- +goose Up
-- Devices that wait for their customer (RFC 8628). slowed says whether the last request came
-- too soon; redemptions counts presentations after the approval: the first one gets the
-- tokens, any later one revokes them.
CREATE TABLE device_codes (
    hash           BLOB PRIMARY KEY NOT NULL,
    user_code      BLOB NOT NULL UNIQUE,
    client_id      TEXT NOT NULL,
    request        BLOB NOT NULL,
    dpop_jkt       TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    poll_seconds   INTEGER NOT NULL,
    polled_at      INTEGER NOT NULL,
    interaction_id TEXT NOT NULL,
    browser_hash   BLOB,
    answered_at    INTEGER NOT NULL,
    grant_id       TEXT NOT NULL,
    slowed         INTEGER NOT NULL DEFAULT 0,
    redemptions    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX device_codes_expiry ON device_codes (expires_at);
