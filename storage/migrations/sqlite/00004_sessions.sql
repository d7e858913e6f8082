-- +goose Up
CREATE TABLE interactions (
    id           TEXT PRIMARY KEY NOT NULL,
    kind         TEXT NOT NULL,
    browser_hash BLOB NOT NULL,
    client_id    TEXT NOT NULL,
    request      BLOB,
    progress     BLOB,
    version      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    finished_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX interactions_expiry ON interactions (expires_at);

CREATE TABLE sessions (
    id           TEXT PRIMARY KEY NOT NULL,
    hash         BLOB NOT NULL UNIQUE,
    sid          TEXT NOT NULL UNIQUE,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    ended_at     INTEGER NOT NULL,
    end_reason   TEXT NOT NULL,
    ip           TEXT NOT NULL,
    user_agent   TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_account ON sessions (account_id, ended_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE authentication_events (
    id                   TEXT PRIMARY KEY NOT NULL,
    session_id           TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    account_id           TEXT NOT NULL,
    ceremony_id          TEXT NOT NULL,
    method               TEXT NOT NULL,
    credential_id        TEXT NOT NULL,
    at                   INTEGER NOT NULL,
    user_verified        INTEGER NOT NULL,
    backup_eligible      INTEGER NOT NULL,
    backup_state         INTEGER NOT NULL,
    hardware_attested    INTEGER NOT NULL,
    trusted_from         INTEGER NOT NULL,
    authenticator_aaguid TEXT NOT NULL
) STRICT;
CREATE INDEX authentication_events_session ON authentication_events (session_id, at);
CREATE INDEX authentication_events_credential ON authentication_events (credential_id);
