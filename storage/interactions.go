package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type interactionRow struct {
	ID          string `gorm:"primaryKey"`
	Kind        idp.InteractionKind
	BrowserHash []byte
	ClientID    string
	Request     []byte
	Progress    []byte
	Version     int
	CreatedAt   time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt   time.Time `gorm:"serializer:micros"`
	FinishedAt  time.Time `gorm:"serializer:micros"`
}

func (interactionRow) TableName() string { return "interactions" }

// CreateInteraction stores a new interaction. A retry after success is idp.ErrExists.
func (s *Store) CreateInteraction(ctx context.Context, interaction idp.Interaction) error {
	row := interactionRow(interaction)
	if row.CreatedAt.IsZero() {
		row.CreatedAt = s.now()
	}
	row.BrowserHash = append([]byte{}, row.BrowserHash...)
	return s.once(ctx, func(db *gorm.DB) error { return db.Create(&row).Error })
}

// Interaction returns one interaction, finished or expired ones too until they are
// deleted; idp.ErrNotFound.
func (s *Store) Interaction(ctx context.Context, id string) (*idp.Interaction, error) {
	var row interactionRow
	if err := s.look(ctx, func(db *gorm.DB) error { return db.Where("id = ?", id).Take(&row).Error }); err != nil {
		return nil, err
	}
	interaction := idp.Interaction(row)
	return &interaction, nil
}

// SaveInteraction stores Progress if nobody did since Version was read, and counts
// Version up, there and in interaction: one conditional statement. idp.ErrConflict when
// somebody did, which is also what a retry gets; idp.ErrConsumed when it is finished;
// idp.ErrNotFound. Nothing else of the interaction ever changes.
func (s *Store) SaveInteraction(ctx context.Context, interaction *idp.Interaction) error {
	err := s.once(ctx, func(db *gorm.DB) error { return saveProgress(db, interaction) })
	if err == nil {
		interaction.Version++
	}
	return err
}

func saveProgress(db *gorm.DB, interaction *idp.Interaction) error {
	n, err := exec(db, `UPDATE interactions SET progress = ?, version = version + 1
		WHERE id = ? AND version = ? AND finished_at = 0`, interaction.Progress, interaction.ID, interaction.Version)
	if err == nil && n == 0 {
		err = whyNoInteraction(db, interaction.ID, idp.ErrConflict)
	}
	return err
}

// FinishInteraction ends an interaction that leads to no code: declined, abandoned, or of
// the provider's own pages. One transaction with its effects; once only, then
// idp.ErrConsumed. idp.ErrConflict when it changed since version; idp.ErrNotFound.
func (s *Store) FinishInteraction(ctx context.Context, id string, version int, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := finish(tx, id, version, at); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

func finish(tx *gorm.DB, id string, version int, at time.Time) error {
	n, err := exec(tx, `UPDATE interactions SET finished_at = ?, version = version + 1
		WHERE id = ? AND version = ? AND finished_at = 0`, micros(at), id, version)
	if err == nil && n == 0 {
		err = whyNoInteraction(tx, id, idp.ErrConflict)
	}
	return err
}

// whyNoInteraction names the condition a refused statement stumbled on. It only explains.
func whyNoInteraction(db *gorm.DB, id string, otherwise error) error {
	row, err := one[struct{ FinishedAt int64 }](db, "SELECT finished_at FROM interactions WHERE id = ?", id)
	if err != nil {
		return err
	}
	if row.FinishedAt != 0 {
		return idp.ErrConsumed
	}
	return otherwise
}
