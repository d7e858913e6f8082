-- +goose Up
CREATE TABLE accounts (
    id           TEXT PRIMARY KEY,
    subject      TEXT NOT NULL UNIQUE,
    login_name   TEXT COLLATE "C" NOT NULL UNIQUE,
    kind         TEXT NOT NULL,
    status       TEXT NOT NULL,
    user_handle  BYTEA NOT NULL UNIQUE,
    profile      TEXT,
    permissions  TEXT,
    locale       TEXT NOT NULL,
    display_name TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);

CREATE TABLE emails (
    id          TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    address     TEXT NOT NULL,
    canonical   TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    verified_at BIGINT NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE INDEX emails_account ON emails (account_id);
-- Not unique: members of one family share an address. Such an address names nobody at sign-in.
CREATE INDEX emails_canonical ON emails (canonical);

CREATE TABLE invitations (
    id          TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    code_mac    BYTEA NOT NULL,
    attempts    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    consumed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX invitations_open ON invitations (account_id) WHERE consumed_at = 0;
CREATE INDEX invitations_expiry ON invitations (expires_at);

CREATE TABLE consents (
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    client_id   TEXT NOT NULL,
    scopes      TEXT,
    fingerprint TEXT NOT NULL,
    given_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id)
);
CREATE INDEX consents_client ON consents (client_id);
