package pairwise

import (
	"context"
	"regexp"
	"testing"

	"sekisho/idp"
	"sekisho/idp/keys"
)

type memory map[string][]byte

func (m memory) SealedKey(_ context.Context, id string, sealed []byte) ([]byte, error) {
	if m[id] == nil {
		m[id] = sealed
	}
	return m[id], nil
}

func client(subjectType, sector string, redirects ...string) *idp.Client {
	return &idp.Client{ID: "c", Metadata: idp.ClientMetadata{SubjectType: subjectType, SectorIdentifierURI: sector, RedirectURIs: redirects}}
}

// ID-08: one value per account and sector, which leads nowhere and outlives the
// key-encryption key.
func TestSubjects(t *testing.T) {
	kek, err := keys.NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	vault, err := keys.OpenVault(kek)
	if err != nil {
		t.Fatal(err)
	}
	store := memory{}
	s, err := Open(t.Context(), store, vault)
	if err != nil {
		t.Fatal(err)
	}
	a := client("pairwise", "", "https://a.example/cb", "https://a.example/other")
	same := client("pairwise", "", "https://a.example:8443/cb")
	joined := client("pairwise", "https://a.example/sector.json", "https://b.example/cb")
	b := client("pairwise", "", "https://b.example/cb")
	sub := s.Subject(a, "account-1")
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(sub) {
		t.Errorf("ID-08: %q", sub)
	}
	if s.Subject(same, "account-1") != sub || s.Subject(joined, "account-1") != sub {
		t.Error("ID-08: a sector knows a customer by two subjects")
	}
	for name, other := range map[string]string{
		"another sector": s.Subject(b, "account-1"), "another account": s.Subject(a, "account-2"), "the session": s.Session(a, "account-1"), "in clear": "account-1",
	} {
		if other == sub {
			t.Errorf("ID-08: %s has the same value", name)
		}
	}
	if public := client("public", ""); s.Subject(public, "account-1") != "account-1" || s.Session(public, "sid") != "sid" || s.Subject(nil, "x") != "x" {
		t.Error("a public client knows the account by its own subject")
	}
	for name, none := range map[string]*idp.Client{
		"two hosts": client("pairwise", "", "https://a.example/cb", "https://b.example/cb"), "no host": client("pairwise", "", "com.example.app:/cb"),
		"a spoilt URI": client("pairwise", "", "%"), "no URI": client("pairwise", ""),
	} {
		if got := s.Subject(none, "account-1"); got != "" {
			t.Errorf("ID-08 %s: %q", name, got)
		}
	}
	var missing *Subjects
	if missing.Subject(a, "account-1") != "" || missing.Subject(client("public", ""), "x") != "x" {
		t.Error("without a key there is no subject")
	}
	added, id, err := keys.AddKEK(kek)
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := keys.PromoteKEK(added, id)
	if err != nil {
		t.Fatal(err)
	}
	next, err := keys.OpenVault(rotated)
	if err != nil {
		t.Fatal(err)
	}
	again, changed, err := next.Rewrap(keys.PurposePairwise, SealContext("pairwise-1"), store["pairwise-1"])
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	store["pairwise-1"] = again
	if s, err = Open(t.Context(), store, next); err != nil || s.Subject(a, "account-1") != sub {
		t.Errorf("ID-08: the subject changed with the key-encryption key: %v", err)
	}
	other, _ := keys.NewKEK()
	stranger, _ := keys.OpenVault(other)
	if _, err := Open(t.Context(), store, stranger); err == nil {
		t.Error("ID-08: a key that does not open was replaced")
	}
}
