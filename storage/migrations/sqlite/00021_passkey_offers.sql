-- +goose Up
-- When a customer was last offered a passkey after signing in, and since when they do not
-- want to be asked; 0: they may be asked.
CREATE TABLE passkey_offers (
    account_id  TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id),
    offered_at  INTEGER NOT NULL,
    declined_at INTEGER NOT NULL
) STRICT;
