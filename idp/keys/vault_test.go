package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

func newVault(t testing.TB) *Vault {
	t.Helper()
	kek, err := NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	return openVault(t, kek)
}

func openVault(t testing.TB, kek []byte) *Vault {
	t.Helper()
	v, err := OpenVault(kek)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSealIsBoundToPurposeAndContext(t *testing.T) {
	v := newVault(t)
	plain := []byte("a TOTP secret")
	sealed, err := v.Seal(PurposeTOTP, "totp/1/secret", plain)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Open(PurposeTOTP, "totp/1/secret", sealed); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if bytes.Contains(sealed, plain) {
		t.Fatal("the sealed value holds the plain one")
	}
	t.Run("TL-05 another row's context does not open it", func(t *testing.T) {
		if _, err := v.Open(PurposeTOTP, "totp/2/secret", sealed); !errors.Is(err, ErrSealed) {
			t.Fatalf("err = %v", err)
		}
	})
	t.Run("DJ-06 no other purpose opens it", func(t *testing.T) {
		for _, p := range Purposes() {
			if _, err := v.Open(p, "totp/1/secret", sealed); (err == nil) != (p == PurposeTOTP) {
				t.Errorf("%s: err = %v", p, err)
			}
		}
	})
	t.Run("TL-05 nonces are random", func(t *testing.T) {
		seen := map[string]bool{}
		for range 64 {
			s, _ := v.Seal(PurposeTOTP, "totp/1/secret", plain)
			seen[string(s[headerSize:headerSize+12])] = true
		}
		if len(seen) != 64 {
			t.Fatalf("%d distinct nonces of 64", len(seen))
		}
	})
	t.Run("any altered or missing byte is noticed", func(t *testing.T) {
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			if _, err := v.Open(PurposeTOTP, "totp/1/secret", bad); !errors.Is(err, ErrSealed) {
				t.Fatalf("byte %d: err = %v", i, err)
			}
			if _, err := v.Open(PurposeTOTP, "totp/1/secret", sealed[:i]); !errors.Is(err, ErrSealed) {
				t.Fatalf("length %d: err = %v", i, err)
			}
		}
	})
	if _, err := v.Seal("unheard-of", "x", plain); err == nil {
		t.Fatal("an unknown purpose sealed something")
	}
}

func TestMAC(t *testing.T) {
	v := newVault(t)
	mac := v.MAC(PurposeCode, []byte("ab"), []byte("c"))
	if !v.VerifyMAC(PurposeCode, mac, []byte("ab"), []byte("c")) {
		t.Fatal("own MAC refused")
	}
	if v.VerifyMAC(PurposeCode, mac, []byte("a"), []byte("bc")) {
		t.Fatal("parts are not separated")
	}
	if v.VerifyMAC(PurposeCode, nil, []byte("ab"), []byte("c")) || v.VerifyMAC("unheard-of", mac, []byte("ab"), []byte("c")) {
		t.Fatal("nothing verified as something")
	}
	t.Run("DJ-06 no other purpose verifies it", func(t *testing.T) {
		for _, p := range Purposes() {
			if v.VerifyMAC(p, mac, []byte("ab"), []byte("c")) != (p == PurposeCode) {
				t.Errorf("%s", p)
			}
		}
	})
}

func TestKEKRotation(t *testing.T) {
	first, err := NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	old := openVault(t, first)
	sealed, _ := old.Seal(PurposeOutbox, "row", []byte("mail"))
	mac := old.MAC(PurposeCode, []byte("123456"))

	added, id, err := AddKEK(first)
	if err != nil {
		t.Fatal(err)
	}
	byAdded, _ := openVault(t, added).Seal(PurposeOutbox, "row", []byte("mail"))
	if _, err := old.Open(PurposeOutbox, "row", byAdded); err != nil {
		t.Fatal("a node that has not seen the new key cannot read what a newer node wrote")
	}
	promoted, err := PromoteKEK(added, id)
	if err != nil {
		t.Fatal(err)
	}
	v := openVault(t, promoted)
	t.Run("TL-05 the old key still opens and verifies", func(t *testing.T) {
		if _, err := v.Open(PurposeOutbox, "row", sealed); err != nil {
			t.Fatal(err)
		}
		if !v.VerifyMAC(PurposeCode, mac, []byte("123456")) {
			t.Fatal("MAC of the older key refused")
		}
	})
	t.Run("TL-05 rewrapped values survive the old key", func(t *testing.T) {
		again, changed, err := v.Rewrap(PurposeOutbox, "row", sealed)
		if err != nil || !changed {
			t.Fatalf("changed = %v, err = %v", changed, err)
		}
		if _, changed, _ := v.Rewrap(PurposeOutbox, "row", again); changed {
			t.Fatal("rewrapped twice")
		}
		keys, _ := KEKKeys(promoted)
		if len(keys) != 2 || !keys[1].Primary || keys[1].ID != id {
			t.Fatalf("keys = %+v", keys)
		}
		last, err := DropKEK(promoted, keys[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		w := openVault(t, last)
		if _, err := w.Open(PurposeOutbox, "row", sealed); !errors.Is(err, ErrSealed) {
			t.Fatalf("dropped key still opens: %v", err)
		}
		if got, err := w.Open(PurposeOutbox, "row", again); err != nil || string(got) != "mail" {
			t.Fatalf("%q, %v", got, err)
		}
		if _, err := DropKEK(last, id); !errors.Is(err, ErrKEK) {
			t.Fatalf("dropped the primary: %v", err)
		}
	})
	if _, err := PromoteKEK(first, id); !errors.Is(err, ErrKEK) {
		t.Fatalf("promoted an absent key: %v", err)
	}
}

func TestKEKIsPrintableAndErrorsDoNotQuoteIt(t *testing.T) {
	kek, err := NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range strings.TrimSuffix(string(kek), "\n") {
		if !unicode.IsPrint(r) {
			t.Fatalf("%q in a KEK", r)
		}
	}
	for _, bad := range []string{"", "{}", "hunter2", strings.Replace(string(kek), `"key"`, `"kez"`, 1), string(kek[:len(kek)/2])} {
		_, err := OpenVault([]byte(bad))
		if !errors.Is(err, ErrKEK) {
			t.Fatalf("err = %v", err)
		}
		if bad != "" && strings.Contains(err.Error(), bad) {
			t.Fatal("the error quotes the secret")
		}
	}
}

// DJ-06: a key file that others can read is refused.
func TestReadFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kek")
	if err := WriteFile(path, []byte("secret")); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v", info.Mode())
	}
	if err := WriteFile(path, []byte("other")); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("overwrote: %v", err)
	}
	for mode, ok := range map[fs.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o620: false, 0o644: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(path); (err == nil) != ok {
			t.Errorf("mode %04o: err = %v", mode, err)
		}
	}
	if _, err := ReadFile(t.TempDir()); err == nil {
		t.Error("read a directory")
	}
}

// DJ-06: a vault that ends up in a log line says nothing.
func TestVaultDoesNotPrintItsKeys(t *testing.T) {
	v := newVault(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, v); got != "keys.Vault" {
			t.Errorf("%s: %s", verb, got)
		}
		if got := fmt.Sprintf(verb, struct{ Vault *Vault }{v}); strings.Contains(got, "map[") {
			t.Errorf("%s inside: %s", verb, got)
		}
	}
}
