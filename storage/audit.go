package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type auditRow struct {
	ID        int64     `gorm:"primaryKey;autoIncrement"`
	At        time.Time `gorm:"serializer:micros"`
	Event     string
	Result    string
	Reason    string
	Actor     string
	AccountID string
	ClientID  string
	SessionID string
	RequestID string
	IP        string
	UserAgent string
	Detail    map[string]string `gorm:"serializer:json"`
}

func (auditRow) TableName() string { return "audit_records" }

// AppendAudit writes records that belong to no other change, in one statement. Storage
// gives the ids; a retry after a lost answer writes them twice, which is the safe side.
func (s *Store) AppendAudit(ctx context.Context, records []idp.AuditRecord) error {
	return s.once(ctx, func(db *gorm.DB) error { return s.appendAudit(db, records) })
}

func (s *Store) appendAudit(tx *gorm.DB, records []idp.AuditRecord) error {
	if len(records) == 0 {
		return nil
	}
	rows := make([]auditRow, 0, len(records))
	for _, record := range records {
		row := auditRow(record)
		row.ID = 0
		if row.At.IsZero() {
			row.At = s.now()
		}
		rows = append(rows, row)
	}
	return tx.Create(&rows).Error
}

// AuditFilter narrows AuditRecords. Zero fields do not narrow.
type AuditFilter struct {
	AccountID string
	ClientID  string
	Event     string
	After     int64     // ID of the last record of the page before
	Since     time.Time // inclusive
	Until     time.Time // exclusive
	Limit     int       // at most 1000, by default 200
	Events    []string  // any of these; empty does not narrow
	Newest    bool      // the newest first instead of the oldest
}

// AccountHistory returns the account's newest records of these events.
func (s *Store) AccountHistory(ctx context.Context, accountID string, events []string, limit int) ([]idp.AuditRecord, error) {
	return s.AuditRecords(ctx, AuditFilter{AccountID: accountID, Events: events, Newest: true, Limit: limit})
}

// AuditRecords returns records in the order they were given their ids, or backwards.
func (s *Store) AuditRecords(ctx context.Context, f AuditFilter) ([]idp.AuditRecord, error) {
	if f.Limit <= 0 {
		f.Limit = 200
	}
	var rows []auditRow
	err := s.look(ctx, func(db *gorm.DB) error {
		query := db.Where("id > ?", f.After)
		if f.AccountID != "" {
			query = query.Where("account_id = ?", f.AccountID)
		}
		if f.ClientID != "" {
			query = query.Where("client_id = ?", f.ClientID)
		}
		if f.Event != "" {
			query = query.Where("event = ?", f.Event)
		}
		if !f.Since.IsZero() {
			query = query.Where("at >= ?", micros(f.Since))
		}
		if !f.Until.IsZero() {
			query = query.Where("at < ?", micros(f.Until))
		}
		if len(f.Events) > 0 {
			query = query.Where("event IN ?", f.Events)
		}
		order := "id"
		if f.Newest {
			order = "id DESC"
		}
		return query.Order(order).Limit(min(f.Limit, 1000)).Find(&rows).Error
	})
	if err != nil {
		return nil, err
	}
	records := make([]idp.AuditRecord, 0, len(rows))
	for _, row := range rows {
		records = append(records, idp.AuditRecord(row))
	}
	return records, nil
}
