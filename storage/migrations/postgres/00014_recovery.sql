-- +goose Up
-- mac is keyed and made from the account and the code, so one statement finds and uses it.
CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    mac        BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, mac)
);

-- interaction_id is the one recovery that may still be completed; a later one replaces it.
-- Authenticators as old as the suspension or older do not work until it is lifted.
CREATE TABLE recoveries (
    account_id            TEXT PRIMARY KEY REFERENCES accounts (id),
    interaction_id        TEXT NOT NULL,
    recovered_at          BIGINT NOT NULL,
    held_until            BIGINT NOT NULL,
    passkeys_suspended_at BIGINT NOT NULL,
    totp_suspended_at     BIGINT NOT NULL
);
