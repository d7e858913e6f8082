package storagetest

import (
	"context"
	"path/filepath"
	"testing"

	"sekisho/storage"
)

// Memory returns a migrated SQLite database in memory, gone when the test ends.
func Memory(t testing.TB) *storage.Store {
	t.Helper()
	return migrated(t, storage.Options{URL: "sqlite::memory:"})
}

// SQLite returns a migrated SQLite database in a file of the test's own folder.
func SQLite(t testing.TB) *storage.Store {
	t.Helper()
	return migrated(t, storage.Options{URL: SQLiteURL(t)})
}

// SQLiteURL returns the URL of a SQLite file that does not exist yet.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "sekisho.db")
}

// Postgres returns a migrated PostgreSQL database of the test's own, dropped when it
// ends. The server is the one SEKISHO_TEST_POSTGRES names (a URL whose user may create
// databases) or else one that is started for this process.
func Postgres(t testing.TB) *storage.Store {
	t.Helper()
	return Open(t, storage.Options{URL: PostgresURL(t)})
}

// Each runs the suite on a SQLite file and on PostgreSQL.
func Each(t *testing.T, suite func(t *testing.T, store *storage.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { suite(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { suite(t, Postgres(t)) })
}

// EachURL runs the suite with the URL of an empty SQLite file, not migrated, and of a
// migrated PostgreSQL database, for tests that open it several times.
func EachURL(t *testing.T, suite func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { suite(t, SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { suite(t, PostgresURL(t)) })
}

// Open opens a store that is closed when the test ends.
func Open(t testing.TB, o storage.Options) *storage.Store {
	t.Helper()
	store, err := storage.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func migrated(t testing.TB, o storage.Options) *storage.Store {
	t.Helper()
	store := Open(t, o)
	if err := store.Migrate(context.Background()); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return store
}
