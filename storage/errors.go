package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"sekisho/idp"
)

// ConsumedError is a single-use value presented again. What it had given is revoked, and
// that is committed, before the error is returned. errors.Is finds idp.ErrConsumed in it.
type ConsumedError = idp.ConsumedError

// callerError carries an error of a caller's own function through the transaction
// unchanged, whatever it looks like.
type callerError struct{ err error }

func (e callerError) Error() string { return e.err.Error() }

// SQLite result codes (sqlite.org/rescode.html), extended ones in full.
const (
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteNoMem      = 7
	sqliteReadOnly   = 8
	sqliteInterrupt  = 9
	sqliteIOErr      = 10
	sqliteFull       = 13
	sqliteCantOpen   = 14
	sqliteForeignKey = 787
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
)

func unavailable(err error) error { return fmt.Errorf("%w: %w", idp.ErrUnavailable, err) }

// translate gives a database error its meaning in package idp. What it does not know
// stays as it is: that is a defect to be found, not a condition to be handled.
func translate(err error) error {
	var callers callerError
	var pg *pgconn.PgError
	var lite interface{ Code() int }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &callers):
		return callers.err
	case errors.Is(err, idp.ErrUnavailable):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound):
		return idp.ErrNotFound
	case errors.As(err, &pg):
		return translatePostgres(err, pg.Code)
	case errors.As(err, &lite):
		return translateSQLite(err, lite.Code())
	case gone(err):
		return unavailable(err)
	}
	return err
}

func translatePostgres(err error, state string) error {
	switch state {
	case "23505": // unique_violation
		return fmt.Errorf("%w: %w", idp.ErrExists, err)
	case "23503": // foreign_key_violation: the row it belongs to does not exist
		return fmt.Errorf("%w: %w", idp.ErrNotFound, err)
	case "25006", // read_only_sql_transaction: a standby answers
		"55P03", // lock_not_available
		"57014", // query_canceled
		"40001", "40P01":
		return unavailable(err)
	}
	switch state[:min(2, len(state))] {
	case "08", // connection exception
		"53", // insufficient resources: disk full, too many connections
		"57", // operator intervention: shutdown
		"58": // system error
		return unavailable(err)
	}
	return err
}

// busyFile reports whether other connections to the SQLite file were in the way.
func busyFile(err error) bool {
	var lite interface{ Code() int }
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteBusy
}

func translateSQLite(err error, code int) error {
	switch code {
	case sqliteUnique, sqlitePrimaryKey:
		return fmt.Errorf("%w: %w", idp.ErrExists, err)
	case sqliteForeignKey:
		return fmt.Errorf("%w: %w", idp.ErrNotFound, err)
	}
	switch code & 0xff {
	case sqliteBusy, sqliteLocked, sqliteNoMem, sqliteReadOnly, sqliteInterrupt, sqliteIOErr, sqliteFull, sqliteCantOpen:
		return unavailable(err)
	}
	return err
}

// gone reports whether the error says that the database was not reached or that the
// caller's time was over. database/sql and pgx leave two such errors unexported.
func gone(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	var path *fs.PathError
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, &network) || errors.As(err, &connect) || errors.As(err, &path) || pgconn.SafeToRetry(err) ||
		strings.Contains(err.Error(), "database is closed") || strings.Contains(err.Error(), "conn closed")
}

// repeatable reports whether the database rolled the transaction back and asks for it
// again: serialization_failure, deadlock_detected, or our own lost race.
func repeatable(err error) bool {
	state := sqlState(err)
	return state == "40001" || state == "40P01" || errors.Is(err, errAgain)
}

func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
