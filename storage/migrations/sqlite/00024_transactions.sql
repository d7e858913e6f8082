-- +goose Up
-- What a grant was given for, when that was one transaction and not a scope alone.
ALTER TABLE grants ADD COLUMN details BLOB;
ALTER TABLE grants ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN single_use INTEGER NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN redeemed_at INTEGER NOT NULL DEFAULT 0;
-- Approved transactions with their receipts; they stay when their grants are gone.
CREATE TABLE transactions (
    id          TEXT PRIMARY KEY NOT NULL,
    grant_id    TEXT NOT NULL UNIQUE,
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    client_id   TEXT NOT NULL,
    type        TEXT NOT NULL,
    details     BLOB NOT NULL,
    receipt     TEXT NOT NULL,
    approved_at INTEGER NOT NULL
) STRICT;
CREATE INDEX transactions_account ON transactions (account_id, approved_at);
