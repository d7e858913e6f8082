-- +goose Up
-- What became of an approved transaction: its customer is told long after its grant is gone.
ALTER TABLE transactions ADD COLUMN good_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN redeemed_at INTEGER NOT NULL DEFAULT 0;
UPDATE transactions SET good_until = approved_at, redeemed_at = (SELECT g.redeemed_at FROM grants g WHERE g.id = transactions.grant_id)
    WHERE EXISTS (SELECT 1 FROM grants g WHERE g.id = transactions.grant_id AND g.single_use);
-- Pictures of clients, as this provider drew them anew from what it fetched.
CREATE TABLE client_logos (
    client_id  TEXT PRIMARY KEY NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    uri        TEXT NOT NULL,
    image      BLOB,
    checked_at INTEGER NOT NULL
) STRICT;
