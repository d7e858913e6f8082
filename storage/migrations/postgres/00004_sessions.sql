-- +goose Up
CREATE TABLE interactions (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    browser_hash BYTEA NOT NULL,
    client_id    TEXT NOT NULL,
    request      BYTEA,
    progress     BYTEA,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    finished_at  BIGINT NOT NULL
);
CREATE INDEX interactions_expiry ON interactions (expires_at);

CREATE TABLE sessions (
    id           TEXT PRIMARY KEY,
    hash         BYTEA NOT NULL UNIQUE,
    sid          TEXT NOT NULL UNIQUE,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    end_reason   TEXT NOT NULL,
    ip           TEXT NOT NULL,
    user_agent   TEXT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id, ended_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE authentication_events (
    id                   TEXT PRIMARY KEY,
    session_id           TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    account_id           TEXT NOT NULL,
    ceremony_id          TEXT NOT NULL,
    method               TEXT NOT NULL,
    credential_id        TEXT NOT NULL,
    at                   BIGINT NOT NULL,
    user_verified        BOOLEAN NOT NULL,
    backup_eligible      BOOLEAN NOT NULL,
    backup_state         BOOLEAN NOT NULL,
    hardware_attested    BOOLEAN NOT NULL,
    trusted_from         BIGINT NOT NULL,
    authenticator_aaguid TEXT NOT NULL
);
CREATE INDEX authentication_events_session ON authentication_events (session_id, at);
CREATE INDEX authentication_events_credential ON authentication_events (credential_id);
