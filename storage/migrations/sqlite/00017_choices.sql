-- +goose Up
-- What a customer wants to be asked for, by operation (JSON). It is read with the account;
-- choices_version is what a change is compared with.
ALTER TABLE accounts ADD COLUMN choices TEXT;
ALTER TABLE accounts ADD COLUMN choices_version INTEGER NOT NULL DEFAULT 0;

-- Operations that an operator switched off. reason is JSON, text by language.
CREATE TABLE operation_stops (
    operation TEXT PRIMARY KEY NOT NULL,
    reason    TEXT,
    since     INTEGER NOT NULL
) STRICT;
INSERT INTO change_stamps (topic, stamp) VALUES ('operations', 1);
