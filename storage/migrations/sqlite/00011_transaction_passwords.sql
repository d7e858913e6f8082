-- +goose Up
ALTER TABLE passwords ADD COLUMN four_digits INTEGER NOT NULL DEFAULT 0;
