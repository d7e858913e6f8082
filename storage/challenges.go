package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type challengeRow struct {
	ID          string `gorm:"primaryKey"`
	Kind        idp.ChallengeKind
	FlowID      string
	BrowserHash []byte
	AccountID   string
	SessionData []byte
	CreatedAt   time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt   time.Time `gorm:"serializer:micros"`
}

func (challengeRow) TableName() string { return "challenges" }

var challengeColumns = columns[challengeRow]("", "")

// CreateChallenge opens a ceremony and drops the interaction's oldest open ones beyond
// maxOpenPerFlow, in one transaction. A retry after success is idp.ErrExists.
func (s *Store) CreateChallenge(ctx context.Context, challenge idp.Challenge, maxOpenPerFlow int) error {
	row := challengeRow(challenge)
	if row.CreatedAt.IsZero() {
		row.CreatedAt = s.now()
	}
	row.BrowserHash = append([]byte{}, row.BrowserHash...)
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		_, err := exec(tx, `DELETE FROM challenges WHERE flow_id = ? AND id <> ? AND id NOT IN
			(SELECT id FROM challenges WHERE flow_id = ? AND id <> ? ORDER BY created_at DESC, id LIMIT ?)`,
			row.FlowID, row.ID, row.FlowID, row.ID, max(maxOpenPerFlow-1, 0))
		return err
	})
}

// ConsumeChallenge takes the ceremony out of the table and returns it: one DELETE, so of
// any number of finishes one gets it. It must be of the kind, the interaction and the
// browser that began it; otherwise it stays and the answer is idp.ErrNotFound, as it is
// for every later finish and a retry. One past its time is gone too: idp.ErrExpired.
func (s *Store) ConsumeChallenge(ctx context.Context, id string, kind idp.ChallengeKind, flowID string, browserHash []byte, now time.Time) (*idp.Challenge, error) {
	var row *challengeRow
	err := s.once(ctx, func(db *gorm.DB) (err error) {
		row, err = one[challengeRow](db, `DELETE FROM challenges
			WHERE id = ? AND kind = ? AND flow_id = ? AND browser_hash = ? RETURNING `+challengeColumns,
			id, string(kind), flowID, append([]byte{}, browserHash...))
		return err
	})
	if err != nil {
		return nil, err
	}
	if !now.Before(row.ExpiresAt) {
		return nil, idp.ErrExpired
	}
	challenge := idp.Challenge(*row)
	return &challenge, nil
}
