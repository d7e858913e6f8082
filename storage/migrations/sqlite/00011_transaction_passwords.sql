-- +goose Up
ALTER TABLE passwords ADD COLUMN four_digits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE passwords DROP COLUMN four_digits;
