package storagetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sekisho/idp"
	"sekisho/storage"
)

// serverVariable names a PostgreSQL to use instead of starting one.
const serverVariable = "SEKISHO_TEST_POSTGRES"

// template is the migrated database this process copies for each test.
var template struct {
	sync.Mutex
	server   *url.URL
	name     string
	strategy string // how to copy it
}

// PostgresURL creates a migrated database of the test's own and returns its URL. It is
// dropped when the test ends, whoever is still connected.
func PostgresURL(t testing.TB) string {
	t.Helper()
	template.Lock()
	defer template.Unlock()
	if template.name == "" {
		server := serverURL(t)
		name := "sekisho_template_" + idp.NewID()
		run(t, server, `CREATE DATABASE "`+name+`"`)
		migrateTemplate(t, database(server, name))
		template.server, template.name = server, name
		if version(t, server) >= 150000 {
			template.strategy = " STRATEGY FILE_COPY" // without fsync half the time of the default
		}
	}
	server := template.server
	name := "sekisho_test_" + idp.NewID()
	run(t, server, `CREATE DATABASE "`+name+`" TEMPLATE "`+template.name+`"`+template.strategy)
	t.Cleanup(func() { run(t, server, `DROP DATABASE IF EXISTS "`+name+`" WITH (FORCE)`) })
	return database(server, name)
}

func serverURL(t testing.TB) *url.URL {
	t.Helper()
	address := os.Getenv(serverVariable)
	if address == "" {
		address = startServer(t)
	}
	server, err := url.Parse(address)
	if err != nil {
		t.Fatalf("%s is not a URL", serverVariable)
	}
	return server
}

func migrateTemplate(t testing.TB, address string) {
	t.Helper()
	ctx := context.Background()
	store, err := storage.Open(ctx, storage.Options{URL: address})
	if err != nil {
		t.Fatalf("open the template database: %v", err)
	}
	defer store.Close() // nobody may be connected to what is copied
	if err := store.Migrate(ctx); err != nil {
		t.Fatalf("migrate the template database: %v", err)
	}
}

// database is the server's URL with another database name.
func database(server *url.URL, name string) string {
	u := *server
	u.Path = "/" + name
	return u.String()
}

// version is the server's, such as 170004.
func version(t testing.TB, server *url.URL) (number int) {
	t.Helper()
	connection, err := pgx.Connect(context.Background(), server.String())
	if err == nil {
		err = connection.QueryRow(context.Background(), "SELECT current_setting('server_version_num')::int").Scan(&number)
		connection.Close(context.Background())
	}
	if err != nil {
		t.Fatalf("ask the test PostgreSQL for its version: %v", err)
	}
	return number
}

// run runs one statement on the server's own database.
func run(t testing.TB, server *url.URL, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	connection, err := pgx.Connect(ctx, server.String())
	if err != nil {
		t.Fatalf("reach the test PostgreSQL: %v", err)
	}
	defer connection.Close(ctx)
	if _, err := connection.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", fmt.Sprintf("%.40s", statement), err)
	}
}
