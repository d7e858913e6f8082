package storage_test

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func verifiedWith(key string) func(message, mac []byte) bool {
	return func(message, mac []byte) bool { return hmac.Equal(macWith(key)(message), mac) }
}

// eachSealed runs the suite with five seals, one per day from the start, of ten records each.
func eachSealed(t *testing.T, suite func(t *testing.T, s *storage.Store)) {
	t.Helper()
	day := func(t *testing.T, open func(testing.TB, ...storagetest.Option) *storage.Store) {
		now := start()
		s := open(t, storagetest.Clock(func() time.Time { return now }))
		for n := range 50 {
			r := record(n)
			r.At = now
			must(t, s.AppendAudit(t.Context(), []idp.AuditRecord{r}))
			if n%10 == 9 {
				sealed, err := s.SealAudit(t.Context(), macWith("key"), 10)
				if must(t, err); sealed != 10 {
					t.Fatalf("sealed %d", sealed)
				}
				now = now.Add(24 * time.Hour)
			}
		}
		suite(t, s)
	}
	t.Run("sqlite", func(t *testing.T) { day(t, storagetest.SQLite) })
	t.Run("postgres", func(t *testing.T) { day(t, storagetest.Postgres) })
}

// cutAll deletes what is older and returns how many records went.
func cutAll(t *testing.T, s *storage.Store, before time.Time) (total int) {
	t.Helper()
	for {
		n, err := s.CutAudit(t.Context(), before, macWith("key"), verifiedWith("key"))
		must(t, err)
		if n == 0 {
			return total
		}
		total += n
	}
}

func verdict(t *testing.T, s *storage.Store) storage.AuditVerdict {
	t.Helper()
	v, err := s.VerifyAudit(t.Context(), macWith("key"))
	must(t, err)
	return v
}

func TestAuditRetention(t *testing.T) {
	eachSealed(t, func(t *testing.T, s *storage.Store) {
		head := verdict(t, s).Head
		if n := cutAll(t, s, start().Add(-time.Hour)); n != 0 {
			t.Errorf("%d records went before their time", n)
		}
		if n := cutAll(t, s, start().Add(36*time.Hour)); n != 20 {
			t.Errorf("%d records went, want the two oldest seals'", n)
		}
		v := verdict(t, s)
		if !v.OK() || v.Cut != 2 || v.Seals != 3 || v.Records != 30 || !slices.Equal(v.Head, head) {
			t.Errorf("LG-04 after the cut: %+v", v)
		}
		list, err := s.AuditRecords(t.Context(), storage.AuditFilter{})
		if must(t, err); len(list) != 30 || list[0].Event != "event.20" {
			t.Errorf("%d records left, the first %s", len(list), list[0].Event)
		}
		if n := cutAll(t, s, start().Add(1000*24*time.Hour)); n != 20 {
			t.Errorf("%d records went, want all but the last seal's", n)
		}
		must(t, s.AppendAudit(t.Context(), []idp.AuditRecord{record(60)}))
		if n, err := s.SealAudit(t.Context(), macWith("key"), 10); err != nil || n != 1 {
			t.Fatalf("sealed %d, %v", n, err)
		}
		if v = verdict(t, s); !v.OK() || v.Cut != 4 || v.Seals != 2 || v.Records != 11 {
			t.Errorf("LG-04 the chain does not go on: %+v", v)
		}
	})
}

// A record that was written late into an old seal keeps all of the seal.
func TestAuditRetentionLooksAtEveryRecord(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		for n := range 4 {
			r := record(n)
			if n == 1 {
				r.At = time.Now().Add(time.Hour)
			}
			must(t, s.AppendAudit(t.Context(), []idp.AuditRecord{r}))
		}
		for range 2 {
			_, err := s.SealAudit(t.Context(), macWith("key"), 2)
			must(t, err)
		}
		if n := cutAll(t, s, time.Now().Add(time.Minute)); n != 0 {
			t.Errorf("%d records went, one of them young", n)
		}
	})
}

// LG-04: retention destroys no evidence, and nobody without the key can pass a deletion
// off as the end of retention.
func TestAuditRetentionAndTampering(t *testing.T) {
	later := start().Add(1000 * 24 * time.Hour)
	for name, tamper := range map[string]string{
		"a record was edited":     "UPDATE audit_records SET ip = '198.51.100.1' WHERE id = (SELECT MIN(id) FROM audit_records)",
		"a record was deleted":    "DELETE FROM audit_records WHERE id = (SELECT MIN(id) FROM audit_records)",
		"a seal was edited":       "UPDATE audit_seals SET sealed_at = sealed_at - 1 WHERE id = 1",
		"the oldest seal is gone": "DELETE FROM audit_seals WHERE id = 1",
	} {
		t.Run("LG-04 not deleted when "+name, func(t *testing.T) {
			eachSealed(t, func(t *testing.T, s *storage.Store) {
				must(t, s.Tamper(t.Context(), tamper))
				left := rows(t, s, "audit_records", "1 = 1")
				if _, err := s.CutAudit(t.Context(), later, macWith("key"), verifiedWith("key")); !errors.Is(err, storage.ErrAuditBroken) {
					t.Errorf("got %v", err)
				}
				if n := rows(t, s, "audit_records", "1 = 1"); n != left {
					t.Errorf("%d records left of %d", n, left)
				}
				if verdict(t, s).OK() {
					t.Error("nothing is found any more")
				}
			})
		})
	}
	forged := fmt.Sprintf("UPDATE audit_cut SET seal_id = 2, cut_at = %d, digest = (SELECT digest FROM audit_seals WHERE id = 2), mac = (SELECT mac FROM audit_seals WHERE id = 2)", later.UnixMicro())
	cutOff := []string{"DELETE FROM audit_records WHERE seal_id <= 2", "DELETE FROM audit_seals WHERE id <= 2"}
	for name, c := range map[string]struct {
		statements []string
		want       storage.AuditFinding
	}{
		"LG-04 a beginning forged with a seal's own MAC": {append([]string{forged}, cutOff...), storage.CutEdited},
		"LG-04 the beginning cut off without one":        {cutOff, storage.SealDeleted},
		"LG-04 the beginning moved on": {append([]string{"UPDATE audit_cut SET seal_id = 2, digest = (SELECT digest FROM audit_seals WHERE id = 2)"}, cutOff...),
			storage.CutEdited},
		"LG-04 the beginning forgotten": {[]string{"UPDATE audit_cut SET seal_id = 0"}, storage.SealDeleted},
		"LG-04 the beginning deleted":   {[]string{"DELETE FROM audit_cut"}, storage.CutEdited},
		"LG-04 a record inserted before the beginning": {[]string{`INSERT INTO audit_records (at, event, result, reason, actor, account_id, client_id, session_id, request_id, ip, user_agent, seal_id)
			SELECT at, event, 'denied', reason, actor, account_id, client_id, session_id, request_id, ip, user_agent, 1 FROM audit_records WHERE id = (SELECT MIN(id) FROM audit_records)`},
			storage.RecordInserted},
	} {
		t.Run(name, func(t *testing.T) {
			eachSealed(t, func(t *testing.T, s *storage.Store) {
				if c.statements[0] != forged && c.statements[0] != cutOff[0] {
					if n := cutAll(t, s, start().Add(time.Hour)); n != 10 {
						t.Fatalf("%d records went", n)
					}
				}
				for _, statement := range c.statements {
					must(t, s.Tamper(t.Context(), statement))
				}
				if v := verdict(t, s); !slices.ContainsFunc(v.Problems, func(p storage.AuditProblem) bool { return p.Finding == c.want }) {
					t.Errorf("found %+v, want %s", v.Problems, c.want)
				}
			})
		})
	}
}

// IN-12: nodes that cut at once cut each seal once.
func TestAuditRetentionOnSeveralNodes(t *testing.T) {
	eachSealed(t, func(t *testing.T, s *storage.Store) {
		total := make(chan int, contenders)
		tally(t, race(func(int) error {
			n, err := s.CutAudit(t.Context(), start().Add(1000*24*time.Hour), macWith("key"), verifiedWith("key"))
			total <- n
			return err
		}), contenders, nil)
		close(total)
		sum := 0
		for n := range total {
			sum += n
		}
		if left := rows(t, s, "audit_records", "1 = 1"); sum+left != 50 || left < 10 {
			t.Errorf("%d went, %d are left of 50", sum, left)
		}
		if v := verdict(t, s); !v.OK() {
			t.Errorf("verdict %+v", v)
		}
	})
}
