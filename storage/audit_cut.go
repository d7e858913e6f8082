package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// ErrAuditBroken: seals or their records are not as they were written. Nothing
// was deleted or changed, because the records are evidence now; audit verify names them.
var ErrAuditBroken = errors.New("storage: the audit trail was changed, so it stays as it is")

// cutRow is where the trail begins after the end of retention. Its MAC keeps whoever can
// only write to the database from passing a deletion off as one of these.
type cutRow struct {
	ID     int64 `gorm:"primaryKey;autoIncrement:false"`
	SealID int64 // the last one deleted; 0: none
	Digest []byte
	MAC    []byte    `gorm:"column:mac"`
	CutAt  time.Time `gorm:"serializer:micros"`
}

func (cutRow) TableName() string { return "audit_cut" }

// message is what the MAC covers. It cannot be taken for a seal's, which covers 32 bytes.
func (r cutRow) message() []byte {
	b := []byte("sekisho audit cut 1\n")
	b = binary.BigEndian.AppendUint64(b, uint64(r.SealID))
	b = binary.BigEndian.AppendUint64(b, uint64(micros(r.CutAt)))
	return appendField(b, r.Digest)
}

// lastCut reads where the trail begins. holds is false when somebody else wrote that.
func lastCut(db *gorm.DB, verify func(message, mac []byte) bool) (cut cutRow, holds bool, err error) {
	if err := db.Limit(1).Find(&cut).Error; err != nil {
		return cut, false, err
	}
	if cut.SealID == 0 {
		return cutRow{ID: cut.ID, Digest: []byte{}}, cut.ID == 1, nil
	}
	return cut, verify(cut.message(), cut.MAC), nil
}

// CutAudit deletes the oldest seal with its records if all of them are older than before,
// and returns how many records went; the caller repeats it until that is 0. One
// transaction, one node at a time. The last seal always stays, so that the chain goes on from it, and so do
// records that are not sealed yet. What is deleted was verified in the same transaction;
// ErrAuditBroken when it did not hold. verify
// also accepts what older keys have sealed.
func (s *Store) CutAudit(ctx context.Context, before time.Time, mac func([]byte) []byte, verify func(message, mac []byte) bool) (records int, err error) {
	var broken error
	err = s.inTx(ctx, func(tx *gorm.DB) error {
		records, broken = 0, nil
		if s.postgres { // on SQLite there is one writer anyway
			if _, err := exec(tx, "SELECT 1 FROM audit_cut FOR UPDATE"); err != nil {
				return err
			}
		}
		cut, holds, err := lastCut(tx, verify)
		if err != nil {
			return err
		}
		if !holds {
			broken = fmt.Errorf("%w: its beginning", ErrAuditBroken)
			return nil
		}
		seal, err := oldestSeal(tx, before)
		if err != nil || seal == nil {
			return err
		}
		var v AuditVerdict
		if seal.ID != cut.SealID+1 || !sealHolds(*seal, cut.Digest, verify) {
			v.add(SealEdited, seal.ID, 0)
		}
		if err := v.compare(tx, *seal); err != nil {
			return err
		}
		if !v.OK() {
			broken = fmt.Errorf("%w: seal %d, %s", ErrAuditBroken, seal.ID, v.Problems[0].Finding)
			return nil
		}
		next := cutRow{ID: 1, SealID: seal.ID, Digest: seal.Digest, CutAt: s.now()}
		next.MAC = mac(next.message())
		records, err = deleteSealed(tx, next)
		return err
	})
	if err == nil {
		err = broken
	}
	return records, err
}

// oldestSeal is the oldest seal if it and all its records are older than before and a
// later one exists; else nil.
func oldestSeal(tx *gorm.DB, before time.Time) (*sealRow, error) {
	var seals []sealRow
	if err := tx.Order("id").Limit(2).Find(&seals).Error; err != nil {
		return nil, err
	}
	if len(seals) < 2 || !seals[0].SealedAt.Before(before) {
		return nil, nil
	}
	row, err := one[struct{ Younger int }](tx, "SELECT COUNT(*) AS younger FROM audit_records WHERE seal_id = ? AND at >= ?", seals[0].ID, micros(before))
	if err != nil || row.Younger > 0 {
		return nil, err
	}
	return &seals[0], nil
}

// deleteSealed moves the beginning and deletes what is before it.
func deleteSealed(tx *gorm.DB, next cutRow) (records int, err error) {
	if _, err := exec(tx, "UPDATE audit_cut SET seal_id = ?, digest = ?, mac = ?, cut_at = ? WHERE id = 1",
		next.SealID, next.Digest, next.MAC, micros(next.CutAt)); err != nil {
		return 0, err
	}
	n, err := exec(tx, "DELETE FROM audit_records WHERE seal_id = ?", next.SealID)
	if err != nil {
		return 0, err
	}
	_, err = exec(tx, "DELETE FROM audit_seals WHERE id = ?", next.SealID)
	return int(n), err
}
