-- +goose Up
CREATE TABLE outbox (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    payload      BYTEA,
    created_at   BIGINT NOT NULL,
    not_before   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    last_error   TEXT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox (not_before);
CREATE INDEX outbox_expiry ON outbox (expires_at) WHERE expires_at > 0;

-- seal_id is the only column that ever changes, once, from 0 to the seal that covers the record.
CREATE TABLE audit_records (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         BIGINT NOT NULL,
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
    seal_id    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX audit_records_account ON audit_records (account_id, id);
CREATE INDEX audit_records_client ON audit_records (client_id, id);
CREATE INDEX audit_records_event ON audit_records (event, id);
CREATE INDEX audit_records_at ON audit_records (at);
CREATE INDEX audit_records_seal ON audit_records (seal_id, id);

-- Numbered without gaps; each holds the digest of the one before it.
CREATE TABLE audit_seals (
    id        BIGINT PRIMARY KEY,
    previous  BYTEA NOT NULL,
    leaves    BYTEA NOT NULL,
    digest    BYTEA NOT NULL,
    mac       BYTEA NOT NULL,
    sealed_at BIGINT NOT NULL
);
