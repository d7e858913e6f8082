package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type clientRow struct {
	ID         string `gorm:"primaryKey"`
	SecretHash []byte
	Disabled   bool
	Dynamic    bool
	Metadata   idp.ClientMetadata `gorm:"serializer:json"`
	Version    int
	CreatedAt  time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	UpdatedAt  time.Time `gorm:"serializer:micros;autoUpdateTime:false"`
}

func (clientRow) TableName() string { return "clients" }

// Topics of ChangeStamps.
const (
	topicClients = "clients"
	topicKeys    = "keys"
	topicStops   = "operations"
)

// bump tells every node that what it cached under the topic is old.
func bump(tx *gorm.DB, topic string) error {
	_, err := exec(tx, "UPDATE change_stamps SET stamp = stamp + 1 WHERE topic = ?", topic)
	return err
}

// ChangeStamps returns a number per topic ("clients", "keys", "operations") that has grown whenever
// something under the topic changed. One statement.
func (s *Store) ChangeStamps(ctx context.Context) (map[string]int64, error) {
	stamps := map[string]int64{}
	err := s.look(ctx, func(db *gorm.DB) error {
		rows, err := all[struct {
			Topic string
			Stamp int64
		}](db, "SELECT topic, stamp FROM change_stamps")
		for _, row := range rows {
			stamps[row.Topic] = row.Stamp
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return stamps, nil
}

// CreateClient registers a client and bumps the topic in one transaction. Version starts
// at 1 unless given. A taken client id is idp.ErrExists, and so is a retry of a
// registration that succeeded.
func (s *Store) CreateClient(ctx context.Context, client *idp.Client, effects idp.Effects) error {
	row := clientRow(*client)
	row.Version = max(row.Version, 1)
	if row.CreatedAt.IsZero() {
		row.CreatedAt = s.now()
	}
	row.UpdatedAt = s.now()
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if err := bump(tx, topicClients); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
	if err == nil {
		client.Version, client.CreatedAt, client.UpdatedAt = row.Version, row.CreatedAt, row.UpdatedAt
	}
	return err
}

// UpdateClient replaces everything but the id if nobody did since client.Version was
// read, and then counts Version up. idp.ErrConflict when somebody did, which is also what
// a retry gets; idp.ErrNotFound. Consents stay: their fingerprint shows the change.
func (s *Store) UpdateClient(ctx context.Context, client *idp.Client, effects idp.Effects) error {
	row := clientRow(*client)
	row.Version++
	row.UpdatedAt = s.now()
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		result := tx.Model(&clientRow{}).Where("id = ? AND version = ?", client.ID, client.Version).
			Select("SecretHash", "Disabled", "Dynamic", "Metadata", "Version", "UpdatedAt").Updates(&row)
		if result.Error != nil {
			return result.Error
		}
		if result.RowsAffected == 0 {
			if _, err := one[clientRow](tx, "SELECT id FROM clients WHERE id = ?", client.ID); err != nil {
				return err
			}
			return idp.ErrConflict
		}
		if err := bump(tx, topicClients); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
	if err == nil {
		client.Version, client.UpdatedAt = row.Version, row.UpdatedAt
	}
	return err
}

// DeleteClient removes the client and its consents and revokes its grants in one
// transaction. A retry gets idp.ErrNotFound.
func (s *Store) DeleteClient(ctx context.Context, id string, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error { return s.deleteClient(tx, id, effects) })
}

func (s *Store) deleteClient(tx *gorm.DB, id string, effects idp.Effects) error {
	n, err := exec(tx, "DELETE FROM clients WHERE id = ?", id)
	if err != nil {
		return err
	}
	if n == 0 {
		return idp.ErrNotFound
	}
	if _, err := exec(tx, "DELETE FROM consents WHERE client_id = ?", id); err != nil {
		return err
	}
	if err := revokeGrants(tx, s.now(), "client_id = ?", id); err != nil {
		return err
	}
	if err := bump(tx, topicClients); err != nil {
		return err
	}
	return s.commitWith(tx, effects)
}

// Client returns one client, disabled or not; idp.ErrNotFound.
func (s *Store) Client(ctx context.Context, id string) (*idp.Client, error) {
	var row clientRow
	if err := s.look(ctx, func(db *gorm.DB) error { return db.Where("id = ?", id).Take(&row).Error }); err != nil {
		return nil, err
	}
	client := idp.Client(row)
	return &client, nil
}

// Clients returns every client by id. Firms have tens of them, not thousands.
func (s *Store) Clients(ctx context.Context) ([]*idp.Client, error) {
	var rows []clientRow
	if err := s.look(ctx, func(db *gorm.DB) error { return db.Order("id").Find(&rows).Error }); err != nil {
		return nil, err
	}
	clients := make([]*idp.Client, 0, len(rows))
	for _, row := range rows {
		client := idp.Client(row)
		clients = append(clients, &client)
	}
	return clients, nil
}
