package storage_test

import (
	"testing"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// TL-05: an authenticator app that is suspended while the keyset changes opens under the
// new key when the desk puts it back.
func TestRewrapSuspended(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		account, code, _, _, at := invaded(t, s)
		must(t, s.Freeze(ctx, freeze(code, at)))
		again := func(v storage.SealedValue) ([]byte, bool, error) {
			if v.Table != "totps" || v.AccountID != account.ID || string(v.Value) == "new:sealed" {
				return nil, false, nil
			}
			return []byte("new:" + string(v.Value)), true, nil
		}
		looked, replaced, err := s.Rewrap(ctx, again)
		if must(t, err); looked == 0 || replaced != 1 {
			t.Errorf("TL-05 looked at %d, replaced %d", looked, replaced)
		}
		if _, replaced, err = s.Rewrap(ctx, again); replaced != 0 || err != nil {
			t.Errorf("TL-05 again: replaced %d, %v", replaced, err)
		}
		must(t, s.SetAccountStatus(ctx, account.ID, idp.AccountActive, idp.Effects{}))
		list, err := s.SuspendedAuthenticators(ctx, account.ID)
		must(t, err)
		for _, suspended := range list {
			if suspended.Kind != idp.SuspendedTOTP {
				continue
			}
			_, err := s.RestoreAuthenticators(ctx, account.ID, []string{suspended.ID}, func(idp.AuthenticatorKind, string) idp.AuditRecord { return idp.AuditRecord{} })
			must(t, err)
		}
		back, err := s.TOTP(ctx, account.ID)
		if must(t, err); string(back.Secret) != "new:sealed" {
			t.Errorf("TL-05 the secret put back is %q", back.Secret)
		}
	})
}
