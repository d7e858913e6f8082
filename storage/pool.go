package storage

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"unicode/utf8"

	"gorm.io/gorm"
)

// Counter counts the SQL statements run under a context; BEGIN and COMMIT do not count.
type Counter struct {
	mu         sync.Mutex
	statements []string
}

type counterKey struct{}

// WithStatementCounter returns a context whose statements are counted, for the tests
// that hold the hot paths to their budget.
func WithStatementCounter(ctx context.Context) (context.Context, *Counter) {
	c := &Counter{}
	return context.WithValue(ctx, counterKey{}, c), c
}

// Count is the number of statements run so far.
func (c *Counter) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.statements)
}

// Reads is how many of them only read.
func (c *Counter) Reads() int {
	n := 0
	for _, statement := range c.Statements() {
		if strings.HasPrefix(strings.TrimSpace(statement), "SELECT") {
			n++
		}
	}
	return n
}

// Statements are the statements with their placeholders, in the order they were run.
func (c *Counter) Statements() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.statements...)
}

func count(ctx context.Context, query string) {
	if c, ok := ctx.Value(counterKey{}).(*Counter); ok {
		c.mu.Lock()
		c.statements = append(c.statements, query)
		c.mu.Unlock()
	}
}

// clean makes text storable: PostgreSQL refuses NUL and bytes that are not UTF-8, SQLite
// keeps both, and a user agent header may hold either.
func clean(args []any) []any {
	for i, arg := range args {
		text, ok := arg.(string)
		if ok && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
			text = strings.ToValidUTF8(text, "\uFFFD")
			args[i] = strings.ReplaceAll(text, "\x00", "\uFFFD")
		}
	}
	return args
}

// watchedPool is a pool all of whose statements are counted and whose text is cleaned.
type watchedPool struct{ db *sql.DB }

func (p *watchedPool) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return p.db.PrepareContext(ctx, query)
}

func (p *watchedPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	count(ctx, query)
	return p.db.ExecContext(ctx, query, clean(args)...)
}

func (p *watchedPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	count(ctx, query)
	return p.db.QueryContext(ctx, query, clean(args)...)
}

func (p *watchedPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	count(ctx, query)
	return p.db.QueryRowContext(ctx, query, clean(args)...)
}

// BeginTx implements gorm.ConnPoolBeginner.
func (p *watchedPool) BeginTx(ctx context.Context, opts *sql.TxOptions) (gorm.ConnPool, error) {
	tx, err := p.db.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return &watchedTx{tx}, nil
}

// GetDBConn implements gorm.GetDBConnector.
func (p *watchedPool) GetDBConn() (*sql.DB, error) { return p.db, nil }

// watchedTx is one open transaction of a watchedPool.
type watchedTx struct{ tx *sql.Tx }

func (t *watchedTx) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return t.tx.PrepareContext(ctx, query)
}

func (t *watchedTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	count(ctx, query)
	return t.tx.ExecContext(ctx, query, clean(args)...)
}

func (t *watchedTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	count(ctx, query)
	return t.tx.QueryContext(ctx, query, clean(args)...)
}

func (t *watchedTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	count(ctx, query)
	return t.tx.QueryRowContext(ctx, query, clean(args)...)
}

// Commit implements gorm.TxCommitter.
func (t *watchedTx) Commit() error { return t.tx.Commit() }

// Rollback implements gorm.TxCommitter.
func (t *watchedTx) Rollback() error { return t.tx.Rollback() }
