package storage

import (
	"context"

	"gorm.io/gorm"

	"sekisho/idp"
)

// ReleaseLocks lifts what wrong tries put on the keys, hard locks too, with its effects: one
// statement over all keys, in one transaction, so the trail never tells of a lock that is
// still there, nor is one lifted that the trail does not tell of. It returns how many of the
// keys had anything counted. A retry lifts nothing more and writes the effects again.
func (s *Store) ReleaseLocks(ctx context.Context, keys []string, effects idp.Effects) (lifted int64, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB) (err error) {
		if len(keys) > 0 {
			if lifted, err = exec(tx, "DELETE FROM throttles WHERE throttle_key IN ?", keys); err != nil {
				return err
			}
		}
		return s.commitWith(tx, effects)
	})
	return lifted, err
}
