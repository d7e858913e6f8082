package storagetest

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"sekisho/storage"
)

// Option changes how a database is opened.
type Option func(*storage.Options)

// Clock gives the store a clock of the test's.
func Clock(now func() time.Time) Option { return func(o *storage.Options) { o.Now = now } }

// Memory returns a migrated SQLite database on a file system that is memory, gone when the
// test ends: the same as SQLite in all but the disk.
func Memory(t testing.TB, options ...Option) *storage.Store {
	t.Helper()
	return Open(t, "sqlite:"+copyOfTemplate(t, memoryDir(t)), options...)
}

// SQLite returns a migrated SQLite database in a file of the test's own folder.
func SQLite(t testing.TB, options ...Option) *storage.Store {
	t.Helper()
	return Open(t, "sqlite:"+copyOfTemplate(t, t.TempDir()), options...)
}

// SQLiteURL returns the URL of a SQLite file that does not exist yet.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "sekisho.db")
}

// Postgres returns a migrated PostgreSQL database of the test's own, dropped when it
// ends. The server is the one SEKISHO_TEST_POSTGRES names (a URL whose user may create
// databases) or else one that is started for this process.
func Postgres(t testing.TB, options ...Option) *storage.Store {
	t.Helper()
	return Open(t, PostgresURL(t), options...)
}

// Each runs the suite on a SQLite file and on PostgreSQL.
func Each(t *testing.T, suite func(t *testing.T, store *storage.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { suite(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { suite(t, Postgres(t)) })
}

// EachURL runs the suite with the URL of an empty SQLite file and of a migrated PostgreSQL
// database, for tests that open one several times; Migrate makes both alike.
func EachURL(t *testing.T, suite func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { suite(t, SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { suite(t, PostgresURL(t)) })
}

// Open opens a store that is closed when the test ends. It does not migrate.
func Open(t testing.TB, url string, options ...Option) *storage.Store {
	t.Helper()
	o := storage.Options{URL: url}
	for _, option := range options {
		option(&o)
	}
	store, err := storage.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}
