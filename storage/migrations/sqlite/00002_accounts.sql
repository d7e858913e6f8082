-- +goose Up
CREATE TABLE accounts (
    id           TEXT PRIMARY KEY NOT NULL,
    subject      TEXT NOT NULL UNIQUE,
    login_name   TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL,
    status       TEXT NOT NULL,
    user_handle  BLOB NOT NULL UNIQUE,
    profile      TEXT,
    permissions  TEXT,
    locale       TEXT NOT NULL,
    display_name TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE emails (
    id          TEXT PRIMARY KEY NOT NULL,
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    address     TEXT NOT NULL,
    canonical   TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    verified_at INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX emails_account ON emails (account_id);
-- Not unique: members of one family share an address. Such an address names nobody at sign-in.
CREATE INDEX emails_canonical ON emails (canonical);

CREATE TABLE invitations (
    id          TEXT PRIMARY KEY NOT NULL,
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    code_mac    BLOB NOT NULL,
    attempts    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    consumed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invitations_open ON invitations (account_id) WHERE consumed_at = 0;
CREATE INDEX invitations_expiry ON invitations (expires_at);

CREATE TABLE consents (
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    client_id   TEXT NOT NULL,
    scopes      TEXT,
    fingerprint TEXT NOT NULL,
    given_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, client_id)
) STRICT;
CREATE INDEX consents_client ON consents (client_id);
