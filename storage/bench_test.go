package storage_test

import (
	"sync/atomic"
	"testing"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// onBoth runs a benchmark on both databases, alone and with everything at once.
func onBoth(b *testing.B, prepare func(b *testing.B, s *storage.Store, n int) func(i int) error) {
	for name, open := range map[string]func(testing.TB, ...storagetest.Option) *storage.Store{
		"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres,
	} {
		b.Run(name, func(b *testing.B) {
			act := prepare(b, open(b), b.N)
			b.ResetTimer()
			for i := range b.N {
				must(b, act(i))
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			act := prepare(b, open(b), b.N)
			var next atomic.Int64
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := act(int(next.Add(1) - 1)); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkRedeemCode(b *testing.B) {
	onBoth(b, func(b *testing.B, s *storage.Store, n int) func(int) error {
		session := signIn(b, s, createAccount(b, s).ID, "cred")
		issues := make([]storage.IssueCode, n)
		for i := range issues {
			issues[i] = issueCode(b, s, session, false)
		}
		return func(i int) error { return redeem(b.Context(), s, issues[i], refreshToken(issues[i].Grant.ID)) }
	})
}

func BenchmarkRotateRefreshToken(b *testing.B) {
	onBoth(b, func(b *testing.B, s *storage.Store, n int) func(int) error {
		session := signIn(b, s, createAccount(b, s).ID, "cred")
		heads := make([]*idp.RefreshToken, n)
		for i := range heads {
			_, heads[i] = chain(b, s, session, false)
		}
		now := start()
		return func(i int) error {
			_, err := rotateTo(b.Context(), s, heads[i].Hash, now, grace, refreshToken(heads[i].GrantID))
			return err
		}
	})
}

func BenchmarkSessionByHash(b *testing.B) {
	onBoth(b, func(b *testing.B, s *storage.Store, _ int) func(int) error {
		session := signIn(b, s, createAccount(b, s).ID, "cred")
		return func(int) error {
			_, _, err := s.SessionByHash(b.Context(), session.Hash)
			return err
		}
	})
}
