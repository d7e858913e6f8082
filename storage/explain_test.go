package storage

import (
	"context"
	"fmt"
	"strings"
)

// Explain is the database's plan for a statement, behind the store's back, with fresh
// statistics.
func (s *Store) Explain(ctx context.Context, statement string, args ...any) (string, error) {
	explain := "EXPLAIN QUERY PLAN "
	if s.postgres {
		explain = "EXPLAIN "
	}
	rows, err := s.pools[0].QueryContext(ctx, explain+statement, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var lines []string
	for rows.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprint(values[len(values)-1]))
	}
	return strings.Join(lines, "\n"), rows.Err()
}
