package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

// A seal covers a batch of audit records (LG-04). It holds one leaf per record, the
// digest of the seal before it, and a MAC under a key that is not in the database, so
// that whoever can write to the database can change records but not their seal.
type sealRow struct {
	ID       int64 `gorm:"primaryKey;autoIncrement:false"`
	Previous []byte
	Leaves   []byte
	Digest   []byte
	MAC      []byte    `gorm:"column:mac"`
	SealedAt time.Time `gorm:"serializer:micros"`
}

func (sealRow) TableName() string { return "audit_seals" }

// sealedRow is an audit record with the seal that covers it (0: none yet).
type sealedRow struct {
	Record auditRow `gorm:"embedded"`
	SealID int64
}

func (sealedRow) TableName() string { return "audit_records" }

// mostPerSeal bounds a batch, and with it the statement that marks its records.
const mostPerSeal = 1000

// SealAudit seals up to limit records that have none, in id order, and returns how many.
// One transaction; of several nodes sealing at once one succeeds and the others return 0.
// A record that was committed after a later one was sealed comes into the next seal.
func (s *Store) SealAudit(ctx context.Context, mac func([]byte) []byte, limit int) (int, error) {
	if limit <= 0 || limit > mostPerSeal {
		limit = mostPerSeal
	}
	sealed := 0
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		sealed = 0
		var rows []sealedRow
		if err := tx.Where("seal_id = 0").Order("id").Limit(limit).Find(&rows).Error; err != nil || len(rows) == 0 {
			return err
		}
		var last []sealRow
		if err := tx.Select("id", "digest").Order("id DESC").Limit(1).Find(&last).Error; err != nil {
			return err
		}
		next := sealRow{ID: 1, Previous: []byte{}, SealedAt: s.now()}
		if len(last) > 0 {
			next.ID, next.Previous = last[0].ID+1, last[0].Digest
		}
		ids := make([]int64, 0, len(rows))
		for _, row := range rows {
			ids = append(ids, row.Record.ID)
			next.Leaves = appendLeaf(next.Leaves, row.Record)
		}
		next.Digest = next.digest()
		next.MAC = mac(next.Digest)
		if err := tx.Create(&next).Error; err != nil {
			return err // taken: another node sealed meanwhile
		}
		n, err := exec(tx, "UPDATE audit_records SET seal_id = ? WHERE seal_id = 0 AND id IN ?", next.ID, ids)
		if err == nil && int(n) != len(ids) {
			err = errAgain
		}
		sealed = len(ids)
		return err
	})
	if errors.Is(err, idp.ErrExists) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return sealed, nil
}

// digest covers everything of the seal but the MAC.
func (r sealRow) digest() []byte {
	h := sha256.New()
	h.Write([]byte("sekisho audit seal 1\n"))
	h.Write(appendField(nil, r.Previous))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(r.ID)))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(micros(r.SealedAt))))
	h.Write(appendField(nil, r.Leaves))
	return h.Sum(nil)
}

// leafSize is a record's id and the SHA-256 of its canonical content.
const leafSize = 8 + sha256.Size

func appendLeaf(leaves []byte, row auditRow) []byte {
	leaves = binary.BigEndian.AppendUint64(leaves, uint64(row.ID))
	content := contentDigest(row)
	return append(leaves, content[:]...)
}

// contentDigest is over the record without its id, so that records which changed places
// can be told from records which changed. Every field is preceded by its length; detail
// is in the order of its keys.
func contentDigest(row auditRow) [sha256.Size]byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(micros(row.At)))
	for _, field := range []string{row.Event, row.Result, row.Reason, row.Actor, row.AccountID, row.ClientID,
		row.SessionID, row.RequestID, row.IP, row.UserAgent} {
		b = appendField(b, []byte(field))
	}
	for _, key := range slices.Sorted(maps.Keys(row.Detail)) {
		b = appendField(b, []byte(key))
		b = appendField(b, []byte(row.Detail[key]))
	}
	return sha256.Sum256(b)
}

func appendField(b, field []byte) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(field))), field...)
}

// leavesOf is a seal's leaves by record id.
func leavesOf(leaves []byte) map[int64][]byte {
	byID := make(map[int64][]byte, len(leaves)/leafSize)
	for leaf := range slices.Chunk(leaves, leafSize) {
		if len(leaf) == leafSize {
			byID[int64(binary.BigEndian.Uint64(leaf))] = leaf[8:]
		}
	}
	return byID
}

// sealHolds reports whether the seal itself is as it was written, after the seal whose
// digest is previous.
func sealHolds(r sealRow, previous []byte, verify func(message, mac []byte) bool) bool {
	return bytes.Equal(r.Previous, previous) && bytes.Equal(r.Digest, r.digest()) && verify(r.Digest, r.MAC)
}
