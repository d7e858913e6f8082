package storage

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sekisho/idp"
)

type clientLogoRow struct {
	ClientID  string `gorm:"primaryKey"`
	URI       string
	Image     []byte
	CheckedAt time.Time `gorm:"serializer:micros"`
}

func (clientLogoRow) TableName() string { return "client_logos" }

// ClientLogo returns the picture that was fetched last for a client; idp.ErrNotFound before
// the first attempt.
func (s *Store) ClientLogo(ctx context.Context, clientID string) (*idp.ClientLogo, error) {
	var rows []clientLogoRow
	err := s.look(ctx, func(db *gorm.DB) error { return db.Where("client_id = ?", clientID).Find(&rows).Error })
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, idp.ErrNotFound
	}
	found := idp.ClientLogo(rows[0])
	return &found, nil
}

// KeepClientLogo stores the outcome of an attempt in place of an earlier one.
func (s *Store) KeepClientLogo(ctx context.Context, logo idp.ClientLogo) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		row := clientLogoRow(logo)
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
}
