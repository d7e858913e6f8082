-- +goose Up
-- One row: up to which seal the trail was deleted because its retention was over; 0: none was.
CREATE TABLE audit_cut (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    seal_id INTEGER NOT NULL,
    digest  BLOB NOT NULL,
    mac     BLOB NOT NULL,
    cut_at  INTEGER NOT NULL
) STRICT;
INSERT INTO audit_cut (id, seal_id, digest, mac, cut_at) VALUES (1, 0, x'', x'', 0);
