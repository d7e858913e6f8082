-- +goose Up
ALTER TABLE passwords ADD COLUMN four_digits BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE passwords DROP COLUMN four_digits;
