package storage

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sekisho/idp"
)

type operationStopRow struct {
	Operation string            `gorm:"primaryKey"`
	Reason    map[string]string `gorm:"serializer:json"`
	Since     time.Time         `gorm:"serializer:micros"`
}

func (operationStopRow) TableName() string { return "operation_stops" }

// StopOperation switches an operation off and bumps the topic in one transaction. Doing it
// again replaces the reason and keeps the time it began.
func (s *Store) StopOperation(ctx context.Context, stop idp.OperationStop, effects idp.Effects) error {
	row := operationStopRow(stop)
	return s.inTx(ctx, func(tx *gorm.DB) error {
		again := clause.OnConflict{Columns: []clause.Column{{Name: "operation"}}, DoUpdates: clause.AssignmentColumns([]string{"reason"})}
		if err := tx.Clauses(again).Create(&row).Error; err != nil {
			return err
		}
		if err := bump(tx, topicStops); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// ResumeOperation takes a stop away and bumps the topic in one transaction. idp.ErrNotFound
// when there is none, which is also what a retry gets.
func (s *Store) ResumeOperation(ctx context.Context, operation string, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "DELETE FROM operation_stops WHERE operation = ?", operation)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrNotFound
		}
		if err := bump(tx, topicStops); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

// OperationStops lists what is switched off, by name.
func (s *Store) OperationStops(ctx context.Context) ([]idp.OperationStop, error) {
	var rows []operationStopRow
	err := s.look(ctx, func(db *gorm.DB) error { return db.Order("operation").Find(&rows).Error })
	if err != nil {
		return nil, err
	}
	stops := make([]idp.OperationStop, 0, len(rows))
	for _, row := range rows {
		stops = append(stops, idp.OperationStop(row))
	}
	return stops, nil
}
