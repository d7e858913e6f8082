-- +goose Up
CREATE TABLE passwords (
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    kind        TEXT NOT NULL,
    hash        TEXT NOT NULL,
    must_change INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind)
) STRICT;

CREATE TABLE passkeys (
    id               TEXT PRIMARY KEY NOT NULL,
    account_id       TEXT NOT NULL REFERENCES accounts (id),
    credential_id    BLOB NOT NULL UNIQUE,
    public_key       BLOB NOT NULL,
    sign_count       INTEGER NOT NULL,
    aaguid           BLOB,
    transports       TEXT,
    user_verified    INTEGER NOT NULL,
    backup_eligible  INTEGER NOT NULL,
    backup_state     INTEGER NOT NULL,
    attestation_type TEXT NOT NULL,
    attested         INTEGER NOT NULL,
    rp_id            TEXT NOT NULL,
    name             TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    last_used_at     INTEGER NOT NULL,
    added_acr        TEXT NOT NULL,
    trusted_from     INTEGER NOT NULL
) STRICT;
CREATE INDEX passkeys_account ON passkeys (account_id);

CREATE TABLE totps (
    id           TEXT PRIMARY KEY NOT NULL,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    secret       BLOB NOT NULL,
    confirmed_at INTEGER NOT NULL,
    last_step    INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX totps_confirmed ON totps (account_id) WHERE confirmed_at > 0;
CREATE UNIQUE INDEX totps_pending ON totps (account_id) WHERE confirmed_at = 0;
CREATE INDEX totps_pending_age ON totps (created_at) WHERE confirmed_at = 0;

CREATE TABLE challenges (
    id           TEXT PRIMARY KEY NOT NULL,
    kind         TEXT NOT NULL,
    flow_id      TEXT NOT NULL,
    browser_hash BLOB NOT NULL,
    account_id   TEXT NOT NULL,
    session_data BLOB,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX challenges_flow ON challenges (flow_id, created_at);
CREATE INDEX challenges_expiry ON challenges (expires_at);

CREATE TABLE email_codes (
    id          TEXT PRIMARY KEY NOT NULL,
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    flow_id     TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    email_id    TEXT NOT NULL,
    code_mac    BLOB NOT NULL,
    attempts    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    consumed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX email_codes_open ON email_codes (account_id, purpose) WHERE consumed_at = 0;
CREATE UNIQUE INDEX email_codes_open_flow ON email_codes (flow_id, purpose) WHERE consumed_at = 0;
CREATE INDEX email_codes_flow ON email_codes (flow_id, purpose);
CREATE INDEX email_codes_expiry ON email_codes (expires_at);

-- failures may be forgotten with time; in_a_row is not, and decides the hard cap.
CREATE TABLE throttles (
    throttle_key TEXT PRIMARY KEY NOT NULL,
    failures     INTEGER NOT NULL,
    in_a_row     INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    hard         INTEGER NOT NULL,
    counted_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX throttles_expiry ON throttles (expires_at) WHERE expires_at > 0;

-- GCRA: tat is the theoretical arrival time of the next conforming request.
CREATE TABLE rate_limits (
    limit_key  TEXT PRIMARY KEY NOT NULL,
    tat        INTEGER NOT NULL,
    allowed    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rate_limits_expiry ON rate_limits (expires_at);
