-- +goose Up
ALTER TABLE passwords ADD COLUMN reminded_at BIGINT NOT NULL DEFAULT 0;
