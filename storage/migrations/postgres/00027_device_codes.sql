-- +goose Up
-- Devices that wait for their customer (RFC 8628). slowed says whether the last request came
-- too soon; redemptions counts presentations after the approval: the first one gets the
-- tokens, any later one revokes them.
CREATE TABLE device_codes (
    hash           BYTEA PRIMARY KEY,
    user_code      BYTEA NOT NULL UNIQUE,
    client_id      TEXT NOT NULL,
    request        BYTEA NOT NULL,
    dpop_jkt       TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    poll_seconds   BIGINT NOT NULL,
    polled_at      BIGINT NOT NULL,
    interaction_id TEXT NOT NULL,
    browser_hash   BYTEA,
    answered_at    BIGINT NOT NULL,
    grant_id       TEXT NOT NULL,
    slowed         BIGINT NOT NULL DEFAULT 0,
    redemptions    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX device_codes_expiry ON device_codes (expires_at);
