package password_test

import (
	"errors"
	"strings"
	"testing"

	"sekisho/idp"
)

// PW-05: of hashes brought along, whole ones of bearable cost get in.
func TestBroughtAlong(t *testing.T) {
	h := cheap(t)
	const salt, digest = "c2FsdHNhbHRzYWx0c2E", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	bcrypt := strings.Repeat("a", 53)
	for name, c := range map[string]struct {
		encoded string
		ok      bool
	}{
		"PW-05 bcrypt":                    {"$2b$12$" + bcrypt, true},
		"PW-05 bcrypt of PHP":             {"$2y$10$" + bcrypt, true},
		"PW-05 bcrypt of half an hour":    {"$2b$25$" + bcrypt, false},
		"PW-05 bcrypt cut off":            {"$2b$12$" + bcrypt[1:], false},
		"PW-05 bcrypt with more":          {"$2b$12$" + bcrypt + "a", false},
		"PW-05 bcrypt's mark alone":       {"$2", false},
		"PW-05 bcrypt of another kind":    {"$2x$12$" + bcrypt, false},
		"PW-05 SHA-crypt":                 {"$6$rounds=100000$salt$" + strings.Repeat("a", 86), true},
		"PW-05 SHA-crypt of minutes":      {"$5$rounds=99999999$salt$" + strings.Repeat("a", 43), false},
		"PW-05 SHA-crypt cut off":         {"$6$salt$" + strings.Repeat("a", 43), false},
		"PW-05 md5-crypt":                 {"$1$salt$" + strings.Repeat("a", 22), true},
		"PW-05 md5-crypt without a salt":  {"$1$$" + strings.Repeat("a", 22), false},
		"PW-05 PBKDF2":                    {"$pbkdf2-sha256$29000$" + salt + "$" + digest, true},
		"PW-05 PBKDF2 of seconds":         {"$pbkdf2-sha256$9000000$" + salt + "$" + digest, false},
		"PW-05 scrypt":                    {"$scrypt$ln=16,r=8,p=1$" + salt + "$" + digest, true},
		"PW-05 scrypt of a gigabyte":      {"$scrypt$ln=20,r=8,p=1$" + salt + "$" + digest, false},
		"PW-05 Argon2id":                  {"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + digest, true},
		"PW-05 Argon2id of no digest":     {"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$", false},
		"PW-05 Argon2id of a byte":        {"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AA", false},
		"PW-05 Argon2id of no salt":       {"$argon2id$v=19$m=19456,t=2,p=1$$" + digest, false},
		"PW-05 a line break after it":     {"$2b$12$" + bcrypt + "\n", false},
		"PW-05 unsalted MD5":              {"5f4dcc3b5aa765d61d8327deb882cf99", false},
		"PW-05 DES crypt":                 {"rl.3StKT.4T8M", false},
		"PW-12 a password in clear":       {"password1234", false},
		"PW-05 one's own pepper, unknown": {"$pepper=x$2b$12$" + bcrypt, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := h.Acceptable(c.encoded); err == nil != c.ok || err != nil && !errors.Is(err, idp.ErrRejected) {
				t.Errorf("%s: %v", c.encoded, err)
			}
		})
	}
}
