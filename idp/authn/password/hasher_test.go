package password_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/zitadel/passwap/argon2"
	"github.com/zitadel/passwap/pbkdf2"
	"github.com/zitadel/passwap/scrypt"
	"github.com/zitadel/passwap/sha2"
	"golang.org/x/crypto/bcrypt"

	"sekisho/idp"
	"sekisho/idp/authn/internal/authntest"
	"sekisho/idp/authn/password"
)

// cheap is a hasher whose runs cost nothing worth waiting for.
func cheap(t testing.TB, change ...func(*password.HasherOptions)) *password.Hasher {
	t.Helper()
	o := password.HasherOptions{MemoryKiB: 64, Passes: 1, Threads: 1, Parallel: 4, Queue: 200}
	for _, f := range change {
		f(&o)
	}
	h, err := password.NewHasher(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hash(t testing.TB, h *password.Hasher, plain string) string {
	t.Helper()
	encoded, err := h.Hash(context.Background(), plain)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func right(t testing.TB, h *password.Hasher, encoded, plain string) (ok bool, upgraded string) {
	t.Helper()
	ok, upgraded, err := h.Verify(context.Background(), encoded, plain)
	if err != nil {
		t.Fatal(err)
	}
	return ok, upgraded
}

// PW-05: what is stored.
func TestStoredForm(t *testing.T) {
	h, err := password.NewHasher(password.HasherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a, b := hash(t, h, "correct horse"), hash(t, h, "correct horse")
	if !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("PW-05: parameters of %s", a)
	}
	salt, err := base64.RawStdEncoding.DecodeString(strings.Split(a, "$")[4])
	if err != nil || len(salt) != 16 {
		t.Errorf("PW-05: salt of %d bytes, %v", len(salt), err)
	}
	if a == b {
		t.Error("PW-05: two hashes of one password are equal")
	}
	if ok, upgraded := right(t, h, a, "correct horse"); !ok || upgraded != "" {
		t.Errorf("own hash: %v, %q", ok, upgraded)
	}
}

// PW-04: exactly the password, after NFC and nothing else.
func TestExact(t *testing.T) {
	h := cheap(t)
	long := strings.Repeat("0123456789", 20)
	for name, tc := range map[string]struct {
		set, typed string
		ok         bool
	}{
		"PW-04 same":                          {"Pass word 12", "Pass word 12", true},
		"PW-04 case":                          {"Pass word 12", "pass word 12", false},
		"PW-04 leading blank":                 {"Pass word 12", " Pass word 12", false},
		"PW-04 trailing blank":                {"Pass word 12", "Pass word 12 ", false},
		"PW-04 trailing blank is part of it":  {"Pass word 12 ", "Pass word 12", false},
		"PW-04 first 72 bytes":                {long, long[:72], false},
		"PW-04 longer after 72 bytes":         {long[:72], long, false},
		"PW-04 after a NUL":                   {"abc\x00def", "abc\x00xyz", false},
		"PW-04 NFC typed as NFD":              {"ガギグゲゴ", "カ\u3099キ\u3099ク\u3099ケ\u3099コ\u3099", true},
		"PW-04 NFD set, NFC typed":            {"cafe\u0301", "caf\u00e9", true},
		"PW-04 full width is not half width":  {"１２３４", "1234", false},
		"PW-04 compatibility forms differ":    {"ﬁre", "fire", false},
		"PW-04 empty against something":       {"x", "", false},
		"PW-01 beyond the bound is never cut": {strings.Repeat("a", password.MaxBytes), strings.Repeat("a", password.MaxBytes+1), false},
	} {
		t.Run(name, func(t *testing.T) {
			if ok, _ := right(t, h, hash(t, h, tc.set), tc.typed); ok != tc.ok {
				t.Errorf("accepted: %v", ok)
			}
		})
	}
	t.Run("PW-04 with a pepper too", func(t *testing.T) {
		h := cheap(t, peppered("a", "a"))
		encoded := hash(t, h, "ガ"+long)
		if ok, _ := right(t, h, encoded, "カ\u3099"+long); !ok {
			t.Error("NFD refused")
		}
		if ok, _ := right(t, h, encoded, "ガ"+long[:72]); ok {
			t.Error("prefix accepted")
		}
	})
}

func peppered(current string, ids ...string) func(*password.HasherOptions) {
	return func(o *password.HasherOptions) {
		o.PepperID, o.Peppers = current, map[string][]byte{}
		for _, id := range ids {
			o.Peppers[id] = []byte("0123456789abcdef" + id)
		}
	}
}

// PW-05: hashes brought along verify once and are replaced.
func TestUpgrade(t *testing.T) {
	const plain = "Sakura-1985-hanami"
	must := func(encoded string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	b, err := bcrypt.GenerateFromPassword([]byte(plain), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	weaker := argon2.Params{Time: 1, Memory: 32, Threads: 1, KeyLen: 32, SaltLen: 16}
	now := cheap(t)
	for name, encoded := range map[string]string{
		"PW-05 bcrypt":           string(b),
		"PW-05 scrypt":           must(scrypt.New(scrypt.Params{LN: 14, R: 8, P: 1, KeyLen: 32, SaltLen: 16}, nil).Hash(plain)),
		"PW-05 PBKDF2":           must(pbkdf2.NewSHA256(pbkdf2.Params{Rounds: 1000, KeyLen: 32, SaltLen: 16}, nil).Hash(plain)),
		"PW-05 SHA-crypt":        must(sha2.New512(5000, nil).Hash(plain)),
		"PW-05 weaker Argon2id":  must(argon2.NewArgon2id(weaker, nil).Hash(plain)),
		"PW-05 Argon2i":          must(argon2.NewArgon2i(weaker, nil).Hash(plain)),
		"PW-05 another pepper":   hash(t, cheap(t, peppered("old", "old")), plain),
		"PW-05 no pepper so far": hash(t, now, plain),
	} {
		t.Run(name, func(t *testing.T) {
			h := cheap(t, peppered("new", "new", "old"))
			if ok, upgraded := right(t, h, encoded, "wrong"); ok || upgraded != "" {
				t.Fatalf("wrong password: %v, %q", ok, upgraded)
			}
			ok, upgraded := right(t, h, encoded, plain)
			if !ok || !strings.HasPrefix(upgraded, "$pepper=new$argon2id$") {
				t.Fatalf("right password: %v, %q", ok, upgraded)
			}
			if ok, again := right(t, h, upgraded, plain); !ok || again != "" {
				t.Errorf("upgraded hash: %v, %q", ok, again)
			}
		})
	}
	t.Run("PW-05 md5-crypt", func(t *testing.T) {
		// openssl passwd -1 -salt sekisho1 password
		const old = "$1$sekisho1$kB9Xw3xfpoufmqlYrK7uv/"
		if ok, upgraded := right(t, now, old, "password"); !ok || !strings.HasPrefix(upgraded, "$argon2id$") {
			t.Errorf("%v, %q", ok, upgraded)
		}
	})
}

// PW-05: a pepper keeps a copied table useless, and losing it locks nobody's password open.
func TestPepper(t *testing.T) {
	encoded := hash(t, cheap(t, peppered("a", "a")), "plain text")
	without := cheap(t)
	if _, _, err := without.Verify(context.Background(), encoded, "plain text"); !errors.Is(err, idp.ErrUnavailable) {
		t.Errorf("without the pepper: %v", err)
	}
	if ok, _ := right(t, without, strings.TrimPrefix(encoded, "$pepper=a"), "plain text"); ok {
		t.Error("PW-05: the hash verifies without the pepper")
	}
	for name, o := range map[string]password.HasherOptions{
		"missing": {PepperID: "x"},
		"short":   {PepperID: "x", Peppers: map[string][]byte{"x": []byte("short")}},
		"id":      {PepperID: "$", Peppers: map[string][]byte{"$": make([]byte, 32)}},
	} {
		if _, err := password.NewHasher(o); err == nil {
			t.Errorf("%s pepper is taken", name)
		}
	}
}

// PW-05: imports cannot bring a hash that costs a denial of service, and a damaged row is
// an error, not a way in.
func TestAcceptable(t *testing.T) {
	h := cheap(t)
	for name, encoded := range map[string]string{
		"PW-05 memory":  "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0c2E$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"PW-05 passes":  "$argon2id$v=19$m=19456,t=4000000,p=1$c2FsdHNhbHRzYWx0c2E$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"plain text":    "password",
		"empty":         "",
		"pepper mark":   "$pepper=",
		"unknown id":    "$pepper=zz$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2E$AAAA",
		"unknown crypt": "$99$abc$def",
	} {
		t.Run(name, func(t *testing.T) {
			if err := h.Acceptable(encoded); !errors.Is(err, idp.ErrRejected) {
				t.Errorf("import: %v", err)
			}
			if ok, _, err := h.Verify(context.Background(), encoded, "password"); ok || err == nil && encoded != "" {
				t.Errorf("verification: %v, %v", ok, err)
			}
		})
	}
	if err := h.Acceptable(hash(t, h, "x")); err != nil {
		t.Error(err)
	}
}

// PW-05: more requests than slots and places wait or are turned away, in bounded memory.
func TestQueue(t *testing.T) {
	t.Run("PW-05 all served when they fit", func(t *testing.T) {
		h := cheap(t, func(o *password.HasherOptions) { o.Parallel, o.Queue = 2, 48 })
		for _, err := range authntest.Race(50, func(int) error {
			_, err := h.Hash(context.Background(), "x")
			return err
		}) {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("PW-05 a full queue refuses at once", func(t *testing.T) {
		h := cheap(t, func(o *password.HasherOptions) { o.Parallel, o.Queue, o.MemoryKiB, o.Passes = 1, 1, 8192, 4 })
		refused, served := 0, 0
		for _, err := range authntest.Race(50, func(int) error {
			_, err := h.Hash(context.Background(), "x")
			return err
		}) {
			switch {
			case err == nil:
				served++
			case errors.Is(err, idp.ErrUnavailable):
				refused++
			default:
				t.Fatal(err)
			}
		}
		if refused == 0 || served < 2 {
			t.Errorf("%d served, %d refused", served, refused)
		}
	})
	t.Run("PW-05 who stops waiting gives the place back", func(t *testing.T) {
		h := cheap(t, func(o *password.HasherOptions) { o.Parallel, o.Queue = 1, 1 })
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		for range 20 {
			if _, err := h.Hash(gone, "x"); err != nil && !errors.Is(err, idp.ErrUnavailable) {
				t.Fatal(err)
			}
		}
		if _, err := h.Hash(context.Background(), "x"); err != nil {
			t.Error(err)
		}
	})
}
