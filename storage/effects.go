package storage

import (
	"gorm.io/gorm"

	"sekisho/idp"
)

// commitWith writes the effects of a change into the transaction that makes it: one
// statement for all audit records, one for all messages.
func (s *Store) commitWith(tx *gorm.DB, effects idp.Effects) error {
	if err := s.appendAudit(tx, effects.Audit); err != nil {
		return err
	}
	return addOutbox(tx, effects.Outbox)
}
