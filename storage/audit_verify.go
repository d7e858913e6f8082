package storage

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"

	"gorm.io/gorm"
)

// AuditFinding is what is wrong with a record or a seal.
type AuditFinding string

const (
	RecordEdited    AuditFinding = "record_edited"
	RecordDeleted   AuditFinding = "record_deleted"
	RecordInserted  AuditFinding = "record_inserted"  // into what was already sealed
	RecordReordered AuditFinding = "record_reordered" // the content is another record's
	SealEdited      AuditFinding = "seal_edited"
	SealDeleted     AuditFinding = "seal_deleted"
	CutEdited       AuditFinding = "cut_edited" // the trail does not begin where retention ended
)

// AuditProblem names one record or seal; RecordID is 0 when the seal itself is meant.
type AuditProblem struct {
	Finding  AuditFinding
	SealID   int64
	RecordID int64
}

// AuditVerdict is what VerifyAudit found.
type AuditVerdict struct {
	Seals    int
	Records  int // covered by a seal and looked at
	Unsealed int // written since the last seal; nothing is known about these
	// Cut is the last seal that was deleted because its retention was over; 0: none was.
	Cut int64
	// Head is the digest of the last seal. Only somebody who wrote it down elsewhere can
	// notice that seals and records were cut off at the end.
	Head     []byte
	Problems []AuditProblem // at most mostProblems
}

// OK reports that nothing wrong was found.
func (v AuditVerdict) OK() bool { return len(v.Problems) == 0 }

const mostProblems = 1000

func (v *AuditVerdict) add(finding AuditFinding, sealID, recordID int64) {
	if len(v.Problems) < mostProblems {
		v.Problems = append(v.Problems, AuditProblem{Finding: finding, SealID: sealID, RecordID: recordID})
	}
}

// VerifyAudit recomputes every seal and compares every sealed record with it. It only
// reads, and other work goes on meanwhile. mac must give the MAC that sealed; after the
// key was replaced use VerifyAuditWith.
func (s *Store) VerifyAudit(ctx context.Context, mac func([]byte) []byte) (AuditVerdict, error) {
	return s.VerifyAuditWith(ctx, func(message, sum []byte) bool { return hmac.Equal(mac(message), sum) })
}

// VerifyAuditWith is VerifyAudit with a function that also accepts MACs of older keys.
func (s *Store) VerifyAuditWith(ctx context.Context, verify func(message, mac []byte) bool) (AuditVerdict, error) {
	for {
		v, err := s.verifyAudit(ctx, verify)
		if err != nil || v.OK() {
			return v, err
		}
		// Retention may have moved the beginning meanwhile, which looks like a deletion.
		var cut cutRow
		err = s.look(ctx, func(db *gorm.DB) (err error) {
			cut, _, err = lastCut(db, verify)
			return err
		})
		if err != nil || cut.SealID == v.Cut {
			return v, err
		}
	}
}

func (s *Store) verifyAudit(ctx context.Context, verify func(message, mac []byte) bool) (AuditVerdict, error) {
	var v AuditVerdict
	err := s.look(ctx, func(db *gorm.DB) error {
		v = AuditVerdict{}
		cut, holds, err := lastCut(db, verify)
		if err != nil {
			return err
		}
		if !holds {
			v.add(CutEdited, cut.SealID, 0)
		}
		v.Cut = cut.SealID
		previous, next := cut.Digest, cut.SealID+1
		for {
			var seals []sealRow
			if err := db.Where("id >= ?", next).Order("id").Limit(20).Find(&seals).Error; err != nil {
				return err
			}
			if len(seals) == 0 {
				break
			}
			for _, seal := range seals {
				for ; next < seal.ID && len(v.Problems) < mostProblems; next++ {
					v.add(SealDeleted, next, 0)
				}
				if !sealHolds(seal, previous, verify) {
					v.add(SealEdited, seal.ID, 0)
				}
				if err := v.compare(db, seal); err != nil {
					return err
				}
				previous, next = seal.Digest, seal.ID+1
				v.Seals++
			}
		}
		v.Head = previous
		return v.unsealed(db, next)
	})
	return v, err
}

// compare holds the records marked with the seal against its leaves.
func (v *AuditVerdict) compare(db *gorm.DB, seal sealRow) error {
	var rows []sealedRow
	if err := db.Where("seal_id = ?", seal.ID).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	leaves := leavesOf(seal.Leaves)
	contents := make(map[[sha256.Size]byte]bool, len(leaves))
	for _, leaf := range leaves {
		contents[[sha256.Size]byte(leaf)] = true
	}
	for _, row := range rows {
		v.Records++
		content := contentDigest(row.Record)
		leaf, sealed := leaves[row.Record.ID]
		switch {
		case !sealed && contents[content]:
			v.add(RecordReordered, seal.ID, row.Record.ID)
		case !sealed:
			v.add(RecordInserted, seal.ID, row.Record.ID)
		case [sha256.Size]byte(leaf) == content:
		case contents[content]:
			v.add(RecordReordered, seal.ID, row.Record.ID)
		default:
			v.add(RecordEdited, seal.ID, row.Record.ID)
		}
		delete(leaves, row.Record.ID)
	}
	for id := range leaves {
		v.add(RecordDeleted, seal.ID, id)
	}
	return nil
}

// unsealed counts what is not sealed yet and finds records marked with a seal that does
// not exist: inserted, or left over from a seal that was cut off at either end.
func (v *AuditVerdict) unsealed(db *gorm.DB, next int64) error {
	strays, err := all[struct{ ID, SealID int64 }](db,
		"SELECT id, seal_id FROM audit_records WHERE seal_id >= ? OR seal_id BETWEEN 1 AND ? ORDER BY id LIMIT ?",
		next, v.Cut, mostProblems)
	if err != nil {
		return err
	}
	for _, stray := range strays {
		v.add(RecordInserted, stray.SealID, stray.ID)
	}
	row, err := one[struct{ Open int }](db, "SELECT COUNT(*) AS open FROM audit_records WHERE seal_id = 0")
	if err != nil {
		return err
	}
	v.Unsealed = row.Open
	return nil
}
