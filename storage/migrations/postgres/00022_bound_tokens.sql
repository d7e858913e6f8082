-- +goose Up
-- The key that alone may redeem a code, and the one a public client must prove at a refresh.
ALTER TABLE authorization_codes ADD COLUMN dpop_jkt TEXT NOT NULL DEFAULT '';
ALTER TABLE refresh_tokens ADD COLUMN bound_to TEXT NOT NULL DEFAULT '';
