package storage

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

// Migration is one step of the schema.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt time.Time // zero: still to be applied
}

// Migrate brings the schema up to date. Each step is one transaction. Several nodes may
// call it at once: on PostgreSQL they queue at a lease in a table, which outlives no
// crash by more than half a minute; on a SQLite file a process that lost the race for a
// step rolls it back and looks again. Repeating it is harmless.
func (s *Store) Migrate(ctx context.Context) error {
	provider, err := s.migrations()
	if err != nil {
		return err
	}
	most := attempts + len(provider.ListSources()) // each step's race can be lost
	for run := 1; ; run++ {
		_, err = provider.Up(ctx)
		if err == nil || s.postgres || run == most || ctx.Err() != nil {
			break
		}
		time.Sleep(time.Duration(run) * 20 * time.Millisecond)
	}
	if err != nil {
		return fmt.Errorf("storage: migration: %w", translate(err))
	}
	return nil
}

// MigrationStatus lists every step this program knows, oldest first, with when it was
// applied to this database.
func (s *Store) MigrationStatus(ctx context.Context) ([]Migration, error) {
	provider, err := s.migrations()
	if err != nil {
		return nil, err
	}
	statuses, err := provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("storage: migration status: %w", translate(err))
	}
	list := make([]Migration, 0, len(statuses))
	for _, status := range statuses {
		m := Migration{Version: status.Source.Version, Name: status.Source.Path}
		if status.State == goose.StateApplied {
			m.AppliedAt = status.AppliedAt.UTC()
		}
		list = append(list, m)
	}
	return list, nil
}

func (s *Store) migrations() (*goose.Provider, error) {
	folder, dialect := "migrations/sqlite", goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithSlog(s.log), goose.WithDisableGlobalRegistry(true)}
	if s.postgres {
		folder, dialect = "migrations/postgres", goose.DialectPostgres
		locker, err := lock.NewPostgresTableLocker(
			lock.WithTableLockTimeout(time.Second, 300),
			lock.WithTableUnlockTimeout(time.Second, 60),
			lock.WithTableLogger(s.log),
		)
		if err != nil {
			return nil, fmt.Errorf("storage: migration lock: %w", err)
		}
		options = append(options, goose.WithLocker(locker))
	}
	steps, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	if len(s.pools) == 0 {
		return nil, unavailable(errors.New("no connection"))
	}
	provider, err := goose.NewProvider(dialect, s.pools[0], steps, options...)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	return provider, nil
}
