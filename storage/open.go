package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"sekisho/idp"
)

// Options say which database to open.
type Options struct {
	// URL is sqlite:/path/to/file.db, sqlite::memory: (private to this Store, gone with
	// it) or postgres://user:password@host:port/database?parameters.
	URL string
	// Now is the clock for what a method stamps by itself; nil means time.Now.
	Now func() time.Time
	// Logger receives retries and migrations, never a value; nil means silence.
	Logger *slog.Logger
	// MaxConns bounds the connections to PostgreSQL (0: 20) or the readers of a SQLite
	// file (0: 8), which always has exactly one writer besides.
	MaxConns int
}

// Store is the database. It is safe for concurrent use.
type Store struct {
	write    *gorm.DB
	read     *gorm.DB // the same as write unless the database is a SQLite file
	pools    []*sql.DB
	postgres bool
	anchor   *sql.Conn // keeps a database in memory alive; nil otherwise
	clock    func() time.Time
	log      *slog.Logger
}

// Open connects to the database and proves that it answers. It does not migrate.
// A database that does not answer is idp.ErrUnavailable; a URL it cannot read is an
// ordinary error that does not repeat the URL, which may hold a password.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{clock: o.Now, log: o.Logger}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	switch {
	case o.URL == "sqlite::memory:":
		err = s.openMemory(ctx)
	case strings.HasPrefix(o.URL, "sqlite:"):
		err = s.openFile(strings.TrimPrefix(o.URL, "sqlite:"), o.MaxConns)
	case strings.HasPrefix(o.URL, "postgres://"), strings.HasPrefix(o.URL, "postgresql://"):
		err = s.openPostgres(o.URL, o.MaxConns)
	default:
		err = errors.New("storage: the database URL begins with neither sqlite: nor postgres://")
	}
	if err == nil {
		err = s.firstAnswer(ctx)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// firstAnswer proves that the database answers. A SQLite file that many nodes open at once,
// or that one of them migrates, can stay busy for longer than one statement waits.
func (s *Store) firstAnswer(ctx context.Context) error {
	for run := 1; ; run++ {
		err := s.Ping(ctx)
		if err == nil || !busyFile(err) || run == attempts || ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Duration(run) * 20 * time.Millisecond)
	}
}

// SQLite settings. A commit is on the disk before it is answered (synchronous FULL): a
// lost commit would make a consumed code usable again. BEGIN takes the write lock at
// once, because a lock taken in the middle of a transaction cannot be waited for.
const sqliteSettings = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_txlock=immediate" +
	"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)"

// openMemory opens a database with a name of its own in SQLite's shared cache. A caller
// who goes away in the middle of a transaction takes the connection along, so another one
// that never works keeps the database in being. There is one at work at a time: shared
// caches answer a second one with errors instead of letting it wait.
func (s *Store) openMemory(ctx context.Context) error {
	source := "file:" + idp.NewID() + "?mode=memory&cache=shared&_pragma=foreign_keys(1)&_txlock=immediate"
	pool, err := sql.Open(sqlite.DriverName, source)
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	pool.SetMaxOpenConns(1)
	if s.write, err = s.attach(pool); err != nil {
		return err
	}
	s.read = s.write
	anchor, err := sql.Open(sqlite.DriverName, source)
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	s.pools = append(s.pools, anchor)
	if s.anchor, err = anchor.Conn(ctx); err != nil {
		return fmt.Errorf("storage: %w", translate(err))
	}
	return nil
}

func (s *Store) openFile(path string, readers int) error {
	// Created here so that only the owner may read it; SQLite gives its WAL the same mode.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("storage: %w", unavailable(err))
	}
	file.Close()
	source := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + sqliteSettings
	writer, err := sql.Open(sqlite.DriverName, source)
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	writer.SetMaxOpenConns(1)
	if s.write, err = s.attach(writer); err != nil {
		return err
	}
	reader, err := sql.Open(sqlite.DriverName, source+"&_pragma=query_only(1)")
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	if readers <= 0 {
		readers = 8
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	s.read, err = s.attach(reader)
	return err
}

func (s *Store) openPostgres(dsn string, conns int) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return errors.New("storage: the PostgreSQL URL cannot be read")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	if conns <= 0 {
		conns = 20
	}
	conns = max(conns, 2) // migrating needs a second one for its lock
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	s.postgres = true
	s.write, err = s.attach(pool)
	s.read = s.write
	return err
}

// attach puts gorm on a pool, through the layer that counts statements and cleans text.
func (s *Store) attach(pool *sql.DB) (*gorm.DB, error) {
	s.pools = append(s.pools, pool)
	var dialector gorm.Dialector = &sqlite.Dialector{Conn: &watchedPool{pool}}
	if s.postgres {
		dialector = postgres.New(postgres.Config{Conn: &watchedPool{pool}})
	}
	db, err := gorm.Open(dialector, &gorm.Config{
		Logger:                 logger.Discard, // gorm would print statements with their values
		SkipDefaultTransaction: true,
		QueryFields:            true, // columns by name, so that an older node survives a new column
		NowFunc:                s.now,
		DisableAutomaticPing:   true,
	})
	if err != nil {
		return nil, fmt.Errorf("storage: %w", translate(err))
	}
	return db, nil
}

// Close ends every connection. Methods called later return idp.ErrUnavailable.
func (s *Store) Close() error {
	var errs []error
	if s.anchor != nil {
		if err := s.anchor.Close(); !errors.Is(err, sql.ErrConnDone) { // closed before
			errs = append(errs, err)
		}
	}
	for _, pool := range s.pools {
		errs = append(errs, pool.Close())
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers; idp.ErrUnavailable when it does not.
func (s *Store) Ping(ctx context.Context) error {
	return s.look(ctx, func(db *gorm.DB) error {
		var one int
		return db.Raw("SELECT 1").Scan(&one).Error
	})
}

// now is the clock as it is stored: UTC, whole microseconds.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }
