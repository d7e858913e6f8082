-- +goose Up
-- sealed holds what is to be printed; it is NULL as soon as the letter is printed or ends.
CREATE TABLE letters (
    id         TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    state      TEXT NOT NULL,
    origin     TEXT NOT NULL,
    kinds      TEXT NOT NULL,
    sealed     BYTEA,
    due_on     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    reason     TEXT NOT NULL
);
CREATE INDEX letters_account ON letters (account_id, state);
CREATE INDEX letters_due ON letters (state, due_on);
CREATE INDEX letters_expiry ON letters (expires_at);

-- Beside passwords, not in it: the customer's own password works until this one is used.
CREATE TABLE temporary_passwords (
    id         TEXT PRIMARY KEY NOT NULL,
    letter_id  TEXT NOT NULL REFERENCES letters (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX temporary_passwords_account ON temporary_passwords (account_id, kind);
CREATE INDEX temporary_passwords_letter ON temporary_passwords (letter_id);
CREATE INDEX temporary_passwords_expiry ON temporary_passwords (expires_at);
