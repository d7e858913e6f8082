package idptest

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	_ "github.com/glebarez/sqlite" // the driver, for a second look into the file
)

// Cell is one text or blob of a database.
type Cell struct {
	Table, Column string
	Value         []byte
}

// Cells reads every text and blob of every table of a SQLite file, whatever the schema.
func Cells(t testing.TB, url string) []Cell {
	t.Helper()
	db := Second(t, url)
	var cells []Cell
	for _, table := range tables(t, db) {
		rows, err := db.QueryContext(context.Background(), `SELECT * FROM "`+table+`"`)
		if err != nil {
			t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(names))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				switch v := (*v.(*any)).(type) {
				case string:
					cells = append(cells, Cell{table, names[i], []byte(v)})
				case []byte:
					cells = append(cells, Cell{table, names[i], v})
				}
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	return cells
}

// Second opens a SQLite file beside the provider: to look into it, or to break it.
func Second(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite:")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func tables(t testing.TB, db *sql.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}
