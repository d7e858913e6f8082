package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type pushedRow struct {
	Hash      []byte `gorm:"primaryKey"`
	ClientID  string
	Request   []byte
	CreatedAt time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt time.Time `gorm:"serializer:micros"`
	UsedAt    time.Time `gorm:"serializer:micros"`
}

func (pushedRow) TableName() string { return "pushed_requests" }

// PushRequest stores a pushed authorization request: one statement. How many a client may
// push is its caller's to say.
func (s *Store) PushRequest(ctx context.Context, request idp.PushedRequest) error {
	row := pushedRow(request)
	return s.once(ctx, func(db *gorm.DB) error { return db.Create(&row).Error })
}

// PushedRequest returns a pushed request by the hash of its request_uri, expired and used
// ones too until they are deleted; idp.ErrNotFound.
func (s *Store) PushedRequest(ctx context.Context, hash []byte) (*idp.PushedRequest, error) {
	var row pushedRow
	if err := s.look(ctx, func(db *gorm.DB) error { return db.Where("hash = ?", hash).Take(&row).Error }); err != nil {
		return nil, err
	}
	request := idp.PushedRequest(row)
	return &request, nil
}

// UsePushedRequest uses a pushed request up where no code is issued: one conditional
// statement. idp.ErrConsumed when it was used before, which is also what a retry gets.
func (s *Store) UsePushedRequest(ctx context.Context, hash []byte, at time.Time) error {
	if len(hash) == 0 {
		return nil
	}
	return s.once(ctx, func(db *gorm.DB) error { return usePushed(db, hash, at) })
}

// usePushed lets a pushed request lead to one answer. Without a hash there is nothing to
// use up. A row that is gone has been over for longer than an interaction lasts.
func usePushed(db *gorm.DB, hash []byte, at time.Time) error {
	if len(hash) == 0 {
		return nil
	}
	n, err := exec(db, "UPDATE pushed_requests SET used_at = ? WHERE hash = ? AND used_at = 0", micros(at), hash)
	if err == nil && n == 0 {
		err = idp.ErrConsumed
	}
	return err
}
