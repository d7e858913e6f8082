-- +goose Up
-- mac is keyed and made from the account and the code, so one statement finds and uses it.
CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    mac        BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, mac)
) STRICT;

-- interaction_id is the one recovery that may still be completed; a later one replaces it.
-- Authenticators as old as the suspension or older do not work until it is lifted.
CREATE TABLE recoveries (
    account_id            TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id),
    interaction_id        TEXT NOT NULL,
    recovered_at          INTEGER NOT NULL,
    held_until            INTEGER NOT NULL,
    passkeys_suspended_at INTEGER NOT NULL,
    totp_suspended_at     INTEGER NOT NULL
) STRICT;
