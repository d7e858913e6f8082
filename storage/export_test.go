package storage

import "context"

// Tamper runs a statement behind the store's back, as somebody with the database's
// password could.
func (s *Store) Tamper(ctx context.Context, statement string, args ...any) error {
	_, err := s.pools[0].ExecContext(ctx, statement, args...)
	return err
}

// CountRows counts what a condition names, behind the store's back.
func (s *Store) CountRows(ctx context.Context, table, condition string) (n int, err error) {
	err = s.pools[0].QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table+" WHERE "+condition).Scan(&n)
	return n, err
}

// OnPostgres reports which database it is.
func (s *Store) OnPostgres() bool { return s.postgres }
