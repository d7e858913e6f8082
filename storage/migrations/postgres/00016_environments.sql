-- +goose Up
-- A browser in which an account signed in before. Its cookie holds a secret of which only
-- the hash is here, and the one before it for a moment, for a second tab.
CREATE TABLE environments (
    id            TEXT PRIMARY KEY,
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    hash          BYTEA NOT NULL,
    previous_hash BYTEA NOT NULL,
    rotated_at    BIGINT NOT NULL,
    browser       TEXT NOT NULL,
    platform      TEXT NOT NULL,
    network       TEXT NOT NULL,
    language      TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
CREATE INDEX environments_by_account ON environments (account_id, last_seen_at);
CREATE INDEX environments_by_expiry ON environments (expires_at);

-- The answer to the security question an account chose; hash is like that of a password.
CREATE TABLE security_answers (
    account_id  TEXT PRIMARY KEY REFERENCES accounts (id),
    question_id TEXT NOT NULL,
    hash        TEXT NOT NULL,
    set_at      BIGINT NOT NULL
);
