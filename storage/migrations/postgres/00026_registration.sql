-- +goose Up
-- What lets somebody register clients over the wire: so often, until then.
CREATE TABLE initial_access_tokens (
    id         TEXT PRIMARY KEY,
    hash       BYTEA NOT NULL UNIQUE,
    note       TEXT NOT NULL,
    scope      TEXT NOT NULL,
    profile    TEXT NOT NULL,
    max_uses   BIGINT NOT NULL,
    uses       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);
CREATE INDEX initial_access_tokens_expiry ON initial_access_tokens (expires_at);

-- Clients that registered themselves, and the token by which each manages its registration.
CREATE TABLE client_registrations (
    client_id        TEXT PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    token_hash       BYTEA NOT NULL,
    initial_token_id TEXT NOT NULL,
    created_at       BIGINT NOT NULL
);

-- Random keys that must outlive the key-encryption key they are sealed under.
CREATE TABLE sealed_keys (
    id         TEXT PRIMARY KEY,
    sealed     BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
