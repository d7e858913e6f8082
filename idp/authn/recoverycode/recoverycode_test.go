package recoverycode

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
)

type table struct{ macs [][]byte }

func (s *table) ReplaceRecoveryCodes(_ context.Context, _ string, macs [][]byte, _ time.Time, _ idp.Effects) error {
	s.macs = macs
	return nil
}

func (s *table) RecoveryCodes(context.Context, string) (idp.RecoveryCodes, error) {
	return idp.RecoveryCodes{Total: len(s.macs), Left: len(s.macs)}, nil
}

func vault(t *testing.T) *keys.Vault {
	t.Helper()
	kek, err := keys.NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	v, err := keys.OpenVault(kek)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// OT-11: ten different codes of 120 bits, stored as keyed MACs and recognised however they
// are typed, for their own account and under their own key only.
func TestCodes(t *testing.T) {
	kept := &table{}
	s := &Service{Store: kept, Vault: vault(t), Now: time.Now}
	codes, err := s.Replace(t.Context(), "account-1", idp.Effects{})
	if err != nil {
		t.Fatal(err)
	}
	shape := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}$`)
	seen := map[string]bool{}
	for i, code := range codes {
		if !shape.MatchString(code) || seen[code] {
			t.Errorf("OT-11: code %q", code)
		}
		seen[code] = true
		for how, typed := range map[string]string{
			"as shown": code, "small": strings.ToLower(code), "without hyphens": strings.ReplaceAll(code, "-", ""),
			"with blanks": " " + strings.ReplaceAll(code, "-", " ") + " ", "O for 0": strings.ReplaceAll(code, "0", "O"),
			"I for 1": strings.ReplaceAll(code, "1", "i"), "full-width hyphens": strings.ReplaceAll(code, "-", "－"),
		} {
			if !bytes.Equal(s.MAC("account-1", typed), kept.macs[i]) {
				t.Errorf("OT-11: %s is not recognised", how)
			}
		}
		if bytes.Contains(kept.macs[i], []byte(code)) || bytes.Equal(s.MAC("account-2", code), kept.macs[i]) {
			t.Error("OT-11: the code is stored, or is another account's as well")
		}
		if other := (&Service{Vault: vault(t)}); bytes.Equal(other.MAC("account-1", code), kept.macs[i]) {
			t.Error("OT-11: recognised without the key")
		}
	}
	if len(seen) != Count || bytes.Equal(s.MAC("account-1", strings.Repeat("0", 300)), s.MAC("account-1", codes[0])) {
		t.Errorf("OT-11: %d codes", len(seen))
	}
}
