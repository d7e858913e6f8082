package storage_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// A4: what a customer does not want is remembered per kind and account.
func TestNotificationOptOuts(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		a, b := createAccount(t, s), createAccount(t, s)
		for range 2 {
			must(t, s.SetNotification(ctx, a.ID, "sign_in", false, start(), effects("notification.changed")))
		}
		if off, err := s.NotificationOptOuts(ctx, a.ID); err != nil || !slices.Equal(off, []string{"sign_in"}) {
			t.Errorf("A4: off %v, %v", off, err)
		}
		if off, err := s.NotificationOptOuts(ctx, b.ID); err != nil || len(off) != 0 {
			t.Errorf("A4: another account's %v, %v", off, err)
		}
		for range 2 {
			must(t, s.SetNotification(ctx, a.ID, "sign_in", true, start(), effects("notification.changed")))
		}
		if off, err := s.NotificationOptOuts(ctx, a.ID); err != nil || len(off) != 0 {
			t.Errorf("A4: still off %v, %v", off, err)
		}
		if n := rows(t, s, "audit_records", "event = 'notification.changed'"); n != 2 {
			t.Errorf("%d changes on record, want 2", n)
		}
		wantErr(t, s.SetNotification(ctx, "nobody", "sign_in", false, start(), idp.Effects{}), idp.ErrNotFound)
	})
}

// B16: one idempotency key makes one mail, however often and however many at once.
func TestAcceptNoticeOnce(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		n := idp.NoticeRequest{ID: idp.HashSecret(idp.NewID()), ClientID: "desk", BodyHash: idp.HashSecret("body"), ExpiresAt: start().Add(time.Hour)}
		first := make([]bool, contenders)
		for i, err := range race(func(i int) error {
			replayed, err := s.AcceptNotice(t.Context(), n, effects("notice.accepted"))
			first[i] = err == nil && !replayed
			return err
		}) {
			if err != nil {
				t.Errorf("contender %d: %v", i, err)
			}
		}
		if got := len(slices.DeleteFunc(first, func(f bool) bool { return !f })); got != 1 {
			t.Errorf("B16: %d requests were the first, want 1", got)
		}
		if n := rows(t, s, "outbox", "1 = 1"); n != 1 {
			t.Errorf("B16: %d mails, want 1", n)
		}
		other := n
		other.BodyHash = idp.HashSecret("another body")
		if _, err := s.AcceptNotice(t.Context(), other, effects("notice.accepted")); !errors.Is(err, idp.ErrConflict) {
			t.Errorf("B16: another body under the same key: %v", err)
		}
	})
}

// The newest records of an account, of the events asked for only.
func TestNewestAuditRecords(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := idp.NewID()
		for _, event := range []string{"signin.succeeded", "token.refreshed", "signin.failed", "token.refreshed", "password.changed"} {
			must(t, s.AppendAudit(t.Context(), []idp.AuditRecord{{At: start(), Event: event, Result: "ok", AccountID: account}, {At: start(), Event: event, AccountID: "other"}}))
		}
		list, err := s.AuditRecords(t.Context(), storage.AuditFilter{
			AccountID: account, Events: []string{"signin.succeeded", "signin.failed", "password.changed"}, Newest: true, Limit: 2,
		})
		must(t, err)
		if len(list) != 2 || list[0].Event != "password.changed" || list[1].Event != "signin.failed" || list[0].AccountID != account {
			t.Errorf("got %+v", list)
		}
	})
}
