-- +goose Up
-- What a grant was given for, when that was one transaction and not a scope alone.
ALTER TABLE grants ADD COLUMN details BYTEA;
ALTER TABLE grants ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN single_use BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE grants ADD COLUMN redeemed_at BIGINT NOT NULL DEFAULT 0;
-- Approved transactions with their receipts; they stay when their grants are gone.
CREATE TABLE transactions (
    id          TEXT PRIMARY KEY,
    grant_id    TEXT NOT NULL UNIQUE,
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    client_id   TEXT NOT NULL,
    type        TEXT NOT NULL,
    details     BYTEA NOT NULL,
    receipt     TEXT NOT NULL,
    approved_at BIGINT NOT NULL
);
CREATE INDEX transactions_account ON transactions (account_id, approved_at);
