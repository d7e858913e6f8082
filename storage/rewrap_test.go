package storage_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// stamp is a stand-in for sealing: "new:" in front instead of "old:".
func stamp(v storage.SealedValue) ([]byte, bool, error) {
	if rest, old := bytes.CutPrefix(v.Value, []byte("old:")); old {
		return append([]byte("new:"), rest...), true, nil
	}
	return v.Value, false, nil
}

func TestRewrap(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		for n := range 3 {
			must(t, s.AddSigningKey(t.Context(), idp.SigningKey{ID: idp.NewID(), Algorithm: "ES256", Generation: n, Sealed: []byte("old:key"), Public: []byte("{}"), State: idp.KeySigning}, idp.Effects{}))
		}
		account := createAccount(t, s)
		must(t, s.SavePendingTOTP(t.Context(), idp.TOTP{ID: idp.NewID(), AccountID: account.ID, Secret: []byte("old:totp"), CreatedAt: start()}))
		var mails []idp.OutboxMessage
		for range 450 { // more than two pages
			mails = append(mails, idp.OutboxMessage{ID: idp.NewID(), Kind: "mail", AccountID: account.ID, Payload: []byte("old:mail"), CreatedAt: start(), NotBefore: start().Add(time.Hour)})
		}
		must(t, s.AddOutbox(t.Context(), mails))
		tables := map[string]int{}
		looked, replaced, err := s.Rewrap(t.Context(), func(v storage.SealedValue) ([]byte, bool, error) {
			tables[v.Table]++
			if (v.AccountID == account.ID) != (v.Table != "signing_keys") {
				t.Errorf("TL-05 %s %s belongs to account %q", v.Table, v.ID, v.AccountID)
			}
			return stamp(v)
		})
		must(t, err)
		if looked != 454 || replaced != 454 || tables["signing_keys"] != 3 || tables["totps"] != 1 || tables["outbox"] != 450 {
			t.Errorf("TL-05 looked at %d, replaced %d, %v", looked, replaced, tables)
		}
		if looked, replaced, err = s.Rewrap(t.Context(), stamp); looked != 454 || replaced != 0 || err != nil {
			t.Errorf("TL-05 again: looked at %d, replaced %d, %v", looked, replaced, err)
		}
		pending, err := s.PendingTOTP(t.Context(), account.ID)
		if must(t, err); string(pending.Secret) != "new:totp" {
			t.Errorf("TL-05 the secret is %q", pending.Secret)
		}

		t.Run("TL-05 what was replaced meanwhile stays", func(t *testing.T) {
			_, replaced, err := s.Rewrap(t.Context(), func(v storage.SealedValue) ([]byte, bool, error) {
				if v.Table != "totps" {
					return nil, false, nil
				}
				must(t, s.SavePendingTOTP(t.Context(), idp.TOTP{ID: idp.NewID(), AccountID: account.ID, Secret: []byte("a new enrolment"), CreatedAt: start()}))
				return []byte("too late"), true, nil
			})
			must(t, err)
			pending, err := s.PendingTOTP(t.Context(), account.ID)
			if must(t, err); replaced != 0 || string(pending.Secret) != "a new enrolment" {
				t.Errorf("replaced %d, the secret is %q", replaced, pending.Secret)
			}
		})
		t.Run("TL-05 a value that does not open stops no other", func(t *testing.T) {
			broken := errors.New("does not open")
			seen := 0
			_, _, err := s.Rewrap(t.Context(), func(v storage.SealedValue) ([]byte, bool, error) {
				seen++
				if v.Table == "signing_keys" {
					return nil, false, broken
				}
				return v.Value, false, nil
			})
			if !errors.Is(err, broken) || seen != 454 {
				t.Errorf("saw %d, %v", seen, err)
			}
		})
	})
}

func TestRewrapAudit(t *testing.T) {
	either := func(message, mac []byte) bool {
		return verifiedWith("new")(message, mac) || verifiedWith("key")(message, mac)
	}
	eachSealed(t, func(t *testing.T, s *storage.Store) {
		if n := cutAll(t, s, start().Add(time.Hour)); n != 10 {
			t.Fatalf("%d records went", n)
		}
		for _, want := range []int{5, 0} { // four seals and the beginning, then nothing
			if n, err := s.RewrapAudit(t.Context(), macWith("new"), either); n != want || err != nil {
				t.Fatalf("TL-05 replaced %d, want %d, %v", n, want, err)
			}
		}
		v, err := s.VerifyAudit(t.Context(), macWith("new"))
		if must(t, err); !v.OK() || v.Seals != 4 {
			t.Errorf("TL-05 under the new key alone: %+v", v)
		}
		if v, err = s.VerifyAudit(t.Context(), macWith("key")); err != nil || v.OK() {
			t.Errorf("TL-05 the old key still verifies: %+v, %v", v, err)
		}

		must(t, s.Tamper(t.Context(), "UPDATE audit_records SET actor = 'nobody' WHERE id = (SELECT MAX(id) FROM audit_records)"))
		if _, err := s.RewrapAudit(t.Context(), macWith("third"), either); !errors.Is(err, storage.ErrAuditBroken) {
			t.Errorf("LG-04 a changed trail was sealed again: %v", err)
		}
		v, err = s.VerifyAudit(t.Context(), macWith("new"))
		if must(t, err); !slices.ContainsFunc(v.Problems, func(p storage.AuditProblem) bool { return p.Finding == storage.RecordEdited }) {
			t.Errorf("LG-04 the edit is not found any more: %+v", v)
		}
	})
}
