-- +goose Up
-- What lets somebody register clients over the wire: so often, until then.
CREATE TABLE initial_access_tokens (
    id         TEXT PRIMARY KEY NOT NULL,
    hash       BLOB NOT NULL UNIQUE,
    note       TEXT NOT NULL,
    scope      TEXT NOT NULL,
    profile    TEXT NOT NULL,
    max_uses   INTEGER NOT NULL,
    uses       INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX initial_access_tokens_expiry ON initial_access_tokens (expires_at);

-- Clients that registered themselves, and the token by which each manages its registration.
CREATE TABLE client_registrations (
    client_id        TEXT PRIMARY KEY NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    token_hash       BLOB NOT NULL,
    initial_token_id TEXT NOT NULL,
    created_at       INTEGER NOT NULL
) STRICT;

-- Random keys that must outlive the key-encryption key they are sealed under.
CREATE TABLE sealed_keys (
    id         TEXT PRIMARY KEY NOT NULL,
    sealed     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
