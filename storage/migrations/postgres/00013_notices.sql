-- +goose Up
-- Why and since when an account is locked; 0 and '' while it is not.
ALTER TABLE accounts ADD COLUMN locked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN lock_reason TEXT NOT NULL DEFAULT '';

-- One per mail about a sign-in. lookup finds the row by what was typed; code_mac binds
-- what was typed to this row, its account and its session.
CREATE TABLE stop_codes (
    id           TEXT PRIMARY KEY NOT NULL,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    session_id   TEXT NOT NULL,
    lookup       BYTEA NOT NULL UNIQUE,
    code_mac     BYTEA NOT NULL,
    signed_in_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    consumed_at  BIGINT NOT NULL
);
CREATE INDEX stop_codes_account ON stop_codes (account_id);
CREATE INDEX stop_codes_expiry ON stop_codes (expires_at);

-- A suspended authenticator is moved here whole: no statement that reads authenticators
-- can find it, and forgetting a condition somewhere cannot make it usable.
CREATE TABLE suspended_authenticators (
    id           TEXT PRIMARY KEY NOT NULL,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    record       TEXT NOT NULL,
    added_at     BIGINT NOT NULL,
    suspended_at BIGINT NOT NULL,
    reason       TEXT NOT NULL
);
CREATE INDEX suspended_authenticators_account ON suspended_authenticators (account_id, suspended_at);

-- Which optional mails a customer does not want. No row: the mail is sent.
CREATE TABLE notification_opt_outs (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind       TEXT NOT NULL,
    since      BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind)
);

-- Requests of relying parties by their idempotency key, so that a retry mails nothing.
CREATE TABLE notice_requests (
    id         BYTEA PRIMARY KEY NOT NULL,
    client_id  TEXT NOT NULL,
    body_hash  BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX notice_requests_expiry ON notice_requests (expires_at);
