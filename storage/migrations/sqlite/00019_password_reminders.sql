-- +goose Up
ALTER TABLE passwords ADD COLUMN reminded_at INTEGER NOT NULL DEFAULT 0;
