-- +goose Up
-- One row: up to which seal the trail was deleted because its retention was over; 0: none was.
CREATE TABLE audit_cut (
    id      BIGINT PRIMARY KEY CHECK (id = 1),
    seal_id BIGINT NOT NULL,
    digest  BYTEA NOT NULL,
    mac     BYTEA NOT NULL,
    cut_at  BIGINT NOT NULL
);
INSERT INTO audit_cut (id, seal_id, digest, mac, cut_at) VALUES (1, 0, '', '', 0);
