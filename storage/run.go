package storage

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

// attempts is how often a transaction is run when the database asks to repeat it
// (SQLSTATE 40001, 40P01). Everything of the failed run was rolled back, so repeating is
// safe; every act must therefore set its results anew each time.
const attempts = 8

// errAgain asks for the transaction to be run again because another one won a race.
var errAgain = errors.New("storage: lost a race, run again")

// inTx runs act in one transaction. What act reports besides a failure (a token was
// reused, a code is gone) it keeps in a variable of its caller, so that the transaction
// still commits.
func (s *Store) inTx(ctx context.Context, act func(tx *gorm.DB) error) error {
	return s.repeat(ctx, func() error { return s.write.WithContext(ctx).Transaction(act) })
}

// once runs one statement that is a transaction by itself.
func (s *Store) once(ctx context.Context, act func(db *gorm.DB) error) error {
	return s.repeat(ctx, func() error { return act(s.write.WithContext(ctx)) })
}

// look runs reads.
func (s *Store) look(ctx context.Context, act func(db *gorm.DB) error) error {
	return s.repeat(ctx, func() error { return act(s.read.WithContext(ctx)) })
}

func (s *Store) repeat(ctx context.Context, act func() error) error {
	for run := 1; ; run++ {
		err := act()
		if err == nil {
			return nil
		}
		if !repeatable(err) {
			return translate(err)
		}
		if run == attempts {
			return unavailable(err)
		}
		s.log.DebugContext(ctx, "transaction repeated", "run", run, "sqlstate", sqlState(err))
		pause := time.NewTimer(rand.N(time.Duration(run) * 5 * time.Millisecond))
		select {
		case <-ctx.Done():
			pause.Stop()
			return translate(ctx.Err())
		case <-pause.C:
		}
	}
}

// exec runs a statement and returns how many rows it changed.
func exec(db *gorm.DB, query string, args ...any) (int64, error) {
	result := db.Exec(query, args...)
	return result.RowsAffected, result.Error
}

// one runs a query for at most one row; none is idp.ErrNotFound.
func one[Row any](db *gorm.DB, query string, args ...any) (*Row, error) {
	var row Row
	result := db.Raw(query, args...).Scan(&row)
	if result.Error != nil {
		return nil, result.Error
	}
	if result.RowsAffected == 0 {
		return nil, idp.ErrNotFound
	}
	return &row, nil
}

// all runs a query for any number of rows.
func all[Row any](db *gorm.DB, query string, args ...any) ([]Row, error) {
	var rows []Row
	err := db.Raw(query, args...).Scan(&rows).Error
	return rows, err
}
