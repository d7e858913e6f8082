-- +goose Up
-- A first transaction password that was set by a weak proof waits, as a new passkey does.
ALTER TABLE passwords ADD COLUMN trusted_from BIGINT NOT NULL DEFAULT 0;
