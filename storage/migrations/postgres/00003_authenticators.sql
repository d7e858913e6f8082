-- +goose Up
CREATE TABLE passwords (
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    kind        TEXT NOT NULL,
    hash        TEXT NOT NULL,
    must_change BOOLEAN NOT NULL,
    changed_at  BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind)
);

CREATE TABLE passkeys (
    id               TEXT PRIMARY KEY,
    account_id       TEXT NOT NULL REFERENCES accounts (id),
    credential_id    BYTEA NOT NULL UNIQUE,
    public_key       BYTEA NOT NULL,
    sign_count       BIGINT NOT NULL,
    aaguid           BYTEA,
    transports       TEXT,
    user_verified    BOOLEAN NOT NULL,
    backup_eligible  BOOLEAN NOT NULL,
    backup_state     BOOLEAN NOT NULL,
    attestation_type TEXT NOT NULL,
    attested         BOOLEAN NOT NULL,
    rp_id            TEXT NOT NULL,
    name             TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    last_used_at     BIGINT NOT NULL,
    added_acr        TEXT NOT NULL,
    trusted_from     BIGINT NOT NULL
);
CREATE INDEX passkeys_account ON passkeys (account_id);

CREATE TABLE totps (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    secret       BYTEA NOT NULL,
    confirmed_at BIGINT NOT NULL,
    last_step    BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX totps_confirmed ON totps (account_id) WHERE confirmed_at > 0;
CREATE UNIQUE INDEX totps_pending ON totps (account_id) WHERE confirmed_at = 0;
CREATE INDEX totps_pending_age ON totps (created_at) WHERE confirmed_at = 0;

CREATE TABLE challenges (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    flow_id      TEXT NOT NULL,
    browser_hash BYTEA NOT NULL,
    account_id   TEXT NOT NULL,
    session_data BYTEA,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX challenges_flow ON challenges (flow_id, created_at);
CREATE INDEX challenges_expiry ON challenges (expires_at);

CREATE TABLE email_codes (
    id          TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    flow_id     TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    email_id    TEXT NOT NULL,
    code_mac    BYTEA NOT NULL,
    attempts    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    consumed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX email_codes_open ON email_codes (account_id, purpose) WHERE consumed_at = 0;
CREATE UNIQUE INDEX email_codes_open_flow ON email_codes (flow_id, purpose) WHERE consumed_at = 0;
CREATE INDEX email_codes_flow ON email_codes (flow_id, purpose);
CREATE INDEX email_codes_expiry ON email_codes (expires_at);

-- failures may be forgotten with time; in_a_row is not, and decides the hard cap.
CREATE TABLE throttles (
    throttle_key TEXT PRIMARY KEY,
    failures     BIGINT NOT NULL,
    in_a_row     BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    hard         BOOLEAN NOT NULL,
    counted_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX throttles_expiry ON throttles (expires_at) WHERE expires_at > 0;

-- GCRA: tat is the theoretical arrival time of the next conforming request.
CREATE TABLE rate_limits (
    limit_key  TEXT PRIMARY KEY,
    tat        BIGINT NOT NULL,
    allowed    BOOLEAN NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX rate_limits_expiry ON rate_limits (expires_at);
