-- +goose Up
-- A pending change has confirmed_at 0 and no row in emails; a confirmed one keeps what it
-- replaced until nobody can undo it any more.
CREATE TABLE email_changes (
    id              TEXT PRIMARY KEY,
    account_id      TEXT NOT NULL REFERENCES accounts (id),
    session_id      TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    old_id          TEXT NOT NULL,
    old_address     TEXT NOT NULL,
    old_canonical   TEXT NOT NULL,
    old_verified_at BIGINT NOT NULL,
    old_created_at  BIGINT NOT NULL,
    new_address     TEXT NOT NULL,
    new_canonical   TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    confirmed_at    BIGINT NOT NULL,
    undo_mac        BYTEA,
    undone_at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX email_changes_pending ON email_changes (account_id) WHERE confirmed_at = 0;
CREATE INDEX email_changes_account ON email_changes (account_id, confirmed_at);
CREATE INDEX email_changes_expiry ON email_changes (expires_at);

-- Held only while a transaction decides who gets an address; empty in between.
CREATE TABLE address_locks (
    canonical TEXT PRIMARY KEY
);
