-- +goose Up
CREATE TABLE outbox (
    id           TEXT PRIMARY KEY NOT NULL,
    kind         TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    payload      BLOB,
    created_at   INTEGER NOT NULL,
    not_before   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    last_error   TEXT NOT NULL,
    leased_until INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_due ON outbox (not_before);
CREATE INDEX outbox_expiry ON outbox (expires_at) WHERE expires_at > 0;

-- seal_id is the only column that ever changes, once, from 0 to the seal that covers the record.
CREATE TABLE audit_records (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    event      TEXT NOT NULL,
    result     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    actor      TEXT NOT NULL,
    account_id TEXT NOT NULL,
    client_id  TEXT NOT NULL,
    session_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    ip         TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    detail     TEXT,
    seal_id    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX audit_records_account ON audit_records (account_id, id);
CREATE INDEX audit_records_client ON audit_records (client_id, id);
CREATE INDEX audit_records_event ON audit_records (event, id);
CREATE INDEX audit_records_at ON audit_records (at);
CREATE INDEX audit_records_seal ON audit_records (seal_id, id);

-- Numbered without gaps; each holds the digest of the one before it.
CREATE TABLE audit_seals (
    id        INTEGER PRIMARY KEY,
    previous  BLOB NOT NULL,
    leaves    BLOB NOT NULL,
    digest    BLOB NOT NULL,
    mac       BLOB NOT NULL,
    sealed_at INTEGER NOT NULL
) STRICT;
