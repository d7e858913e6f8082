package storage_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func macWith(key string) func([]byte) []byte {
	return func(message []byte) []byte {
		h := hmac.New(sha256.New, []byte(key))
		h.Write(message)
		return h.Sum(nil)
	}
}

func record(n int) idp.AuditRecord {
	return idp.AuditRecord{
		At: start().Add(time.Duration(n) * time.Second), Event: fmt.Sprintf("event.%d", n), Result: "ok", Reason: "r", Actor: "customer",
		AccountID: "account", ClientID: "client", SessionID: "session", RequestID: "request", IP: "192.0.2.1", UserAgent: "Browser",
		Detail: map[string]string{"level": "phr", "n": fmt.Sprint(n)},
	}
}

func TestAuditRecords(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		var want []idp.AuditRecord
		for n := range 6 {
			r := record(n)
			if n == 3 {
				r.AccountID, r.ClientID = "other", "other"
			}
			want = append(want, r)
		}
		must(t, s.AppendAudit(t.Context(), want))
		all, err := s.AuditRecords(t.Context(), storage.AuditFilter{})
		must(t, err)
		for i := range all {
			if i > 0 && all[i].ID <= all[i-1].ID {
				t.Errorf("record %d has id %d after %d", i, all[i].ID, all[i-1].ID)
			}
			want[i].ID = all[i].ID
		}
		if !reflect.DeepEqual(all, want) {
			t.Fatalf("got %+v, want %+v", all, want)
		}
		for name, c := range map[string]struct {
			filter storage.AuditFilter
			want   []idp.AuditRecord
		}{
			"account": {storage.AuditFilter{AccountID: "other"}, want[3:4]},
			"client":  {storage.AuditFilter{ClientID: "other"}, want[3:4]},
			"event":   {storage.AuditFilter{Event: "event.4"}, want[4:5]},
			"page":    {storage.AuditFilter{After: all[1].ID, Limit: 2}, want[2:4]},
			"time":    {storage.AuditFilter{Since: want[1].At, Until: want[3].At}, want[1:3]},
		} {
			got, err := s.AuditRecords(t.Context(), c.filter)
			must(t, err)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("by %s: got %+v, want %+v", name, got, c.want)
			}
		}
	})
}

// sealed writes three seals of ten records each and two records without a seal.
func sealed(t *testing.T, s *storage.Store) []idp.AuditRecord {
	t.Helper()
	for n := range 32 {
		must(t, s.AppendAudit(t.Context(), []idp.AuditRecord{record(n)}))
	}
	for range 3 {
		if n, err := s.SealAudit(t.Context(), macWith("key"), 10); err != nil || n != 10 {
			t.Fatalf("sealed %d, %v", n, err)
		}
	}
	list, err := s.AuditRecords(t.Context(), storage.AuditFilter{})
	must(t, err)
	return list
}

func TestAuditTampering(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		sealed(t, s)
		verdict, err := s.VerifyAudit(t.Context(), macWith("key"))
		must(t, err)
		if !verdict.OK() || verdict.Seals != 3 || verdict.Records != 30 || verdict.Unsealed != 2 || len(verdict.Head) == 0 {
			t.Fatalf("untouched: %+v", verdict)
		}
	})
	third := func(list []idp.AuditRecord) int64 { return list[13].ID }
	const copyOf = `INSERT INTO audit_records (at, event, result, reason, actor, account_id, client_id, session_id, request_id, ip, user_agent, detail, seal_id)
		SELECT at, event, 'denied', reason, actor, account_id, client_id, session_id, request_id, ip, user_agent, detail, 2 FROM audit_records WHERE id = %d`
	for name, c := range map[string]struct {
		tamper func(list []idp.AuditRecord) []string
		want   storage.AuditFinding
	}{
		"LG-04 an edit": {func(l []idp.AuditRecord) []string {
			return []string{fmt.Sprintf("UPDATE audit_records SET ip = '198.51.100.1' WHERE id = %d", third(l))}
		}, storage.RecordEdited},
		"LG-04 an edited detail": {func(l []idp.AuditRecord) []string {
			return []string{fmt.Sprintf("UPDATE audit_records SET detail = '{}' WHERE id = %d", third(l))}
		}, storage.RecordEdited},
		"LG-04 a deletion": {func(l []idp.AuditRecord) []string {
			return []string{fmt.Sprintf("DELETE FROM audit_records WHERE id = %d", third(l))}
		}, storage.RecordDeleted},
		"LG-04 a deletion passed off as not yet sealed": {func(l []idp.AuditRecord) []string {
			return []string{fmt.Sprintf("UPDATE audit_records SET seal_id = 0, result = 'x' WHERE id = %d", third(l))}
		}, storage.RecordDeleted},
		"LG-04 an insertion": {func(l []idp.AuditRecord) []string {
			return []string{fmt.Sprintf(copyOf, third(l))}
		}, storage.RecordInserted},
		"LG-04 an insertion under a seal that does not exist": {func(l []idp.AuditRecord) []string {
			return []string{fmt.Sprintf("UPDATE audit_records SET seal_id = 99 WHERE id = %d", l[31].ID)}
		}, storage.RecordInserted},
		"LG-04 two records that change places": {func(l []idp.AuditRecord) []string {
			swap := "UPDATE audit_records SET at = %d, event = '%s', detail = '{\"level\":\"phr\",\"n\":\"%d\"}' WHERE id = %d"
			return []string{
				fmt.Sprintf(swap, l[14].At.UnixMicro(), l[14].Event, 14, l[13].ID),
				fmt.Sprintf(swap, l[13].At.UnixMicro(), l[13].Event, 13, l[14].ID),
			}
		}, storage.RecordReordered},
		"LG-04 a seal rewritten for an edited record": {func(l []idp.AuditRecord) []string {
			return []string{"UPDATE audit_seals SET leaves = (SELECT leaves FROM audit_seals WHERE id = 1) WHERE id = 2"}
		}, storage.SealEdited},
		"LG-04 a seal that is gone with its records": {func(l []idp.AuditRecord) []string {
			return []string{"DELETE FROM audit_records WHERE seal_id = 2", "DELETE FROM audit_seals WHERE id = 2"}
		}, storage.SealDeleted},
	} {
		t.Run(name, func(t *testing.T) {
			storagetest.Each(t, func(t *testing.T, s *storage.Store) {
				list := sealed(t, s)
				for _, statement := range c.tamper(list) {
					must(t, s.Tamper(t.Context(), statement))
				}
				verdict, err := s.VerifyAudit(t.Context(), macWith("key"))
				must(t, err)
				if !slices.ContainsFunc(verdict.Problems, func(p storage.AuditProblem) bool { return p.Finding == c.want }) {
					t.Errorf("found %+v, want %s", verdict.Problems, c.want)
				}
			})
		})
	}
}

func TestAuditSealing(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		sealed(t, s)
		t.Run("LG-04 seals made with another key do not hold", func(t *testing.T) {
			verdict, err := s.VerifyAudit(t.Context(), macWith("another"))
			must(t, err)
			if len(verdict.Problems) != 3 || verdict.Problems[0].Finding != storage.SealEdited {
				t.Errorf("found %+v", verdict.Problems)
			}
			verdict, err = s.VerifyAuditWith(t.Context(), func(message, mac []byte) bool {
				return hmac.Equal(macWith("new")(message), mac) || hmac.Equal(macWith("key")(message), mac)
			})
			must(t, err)
			if !verdict.OK() {
				t.Errorf("with the older key: %+v", verdict.Problems)
			}
		})
		t.Run("IN-12 fifty sealers at once make one chain", func(t *testing.T) {
			must(t, s.AppendAudit(t.Context(), []idp.AuditRecord{record(100), record(101)}))
			total := make(chan int, contenders)
			tally(t, race(func(int) error {
				n, err := s.SealAudit(t.Context(), macWith("key"), 1)
				total <- n
				return err
			}), contenders, nil)
			for {
				n, err := s.SealAudit(t.Context(), macWith("key"), 0)
				must(t, err)
				if n == 0 {
					break
				}
			}
			verdict, err := s.VerifyAudit(t.Context(), macWith("key"))
			must(t, err)
			if !verdict.OK() || verdict.Records != 34 || verdict.Unsealed != 0 {
				t.Errorf("verdict %+v", verdict)
			}
		})
	})
}
