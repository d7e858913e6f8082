package details

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
)

func registry(t *testing.T) *Registry {
	t.Helper()
	word := func(ja, en string) Words { return Words{"ja": ja, "en": en} }
	r, err := NewRegistry([]Type{{Name: "transfer", Operation: "withdrawal", Title: word("振込", "Transfer"), Schema: `{"type":"object","required":["type","amount"]}`, Fields: []Field{
		{Name: "amount", Label: word("金額", "Amount"), Format: "yen", Large: true}, {Name: "to.number", Label: word("口座", "Account"), Format: "account_masked"},
		{Name: "day", Label: word("振込日", "Day"), Format: "date"}, {Name: "speed", Label: word("方法", "Way"), Format: "word", Words: map[string]Words{"fast": word("当日", "Same day")}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A type is configuration alone: what is shown follows from its fields, in their order.
func TestLines(t *testing.T) {
	tx, err := registry(t).Read([]byte(`[ {"day":"2026-10-01","to":{"number":"1234567"},"speed":"fast","type":"transfer","amount":1234567} ]`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]Line{
		"ja": {{"金額", "1,234,567円", true}, {"口座", "••••567", false}, {"振込日", "2026年10月1日", false}, {"方法", "当日", false}},
		"en": {{"Amount", "¥1,234,567", true}, {"Account", "••••567", false}, {"Day", "1 October 2026", false}, {"Way", "Same day", false}},
	}
	for lang, lines := range want {
		if got := tx.Lines(lang); !slices.Equal(got, lines) {
			t.Errorf("%s: %v", lang, got)
		}
	}
	if got := string(tx.Canonical); got != `[{"amount":1234567,"day":"2026-10-01","speed":"fast","to":{"number":"1234567"},"type":"transfer"}]` {
		t.Errorf("RFC 8785: %s", got)
	}
}

// RA-01 RA-02: what its field cannot show is refused.
func TestReadRefuses(t *testing.T) {
	for _, raw := range []string{
		`[{"type":"transfer","amount":-5}]`, `[{"type":"transfer","amount":"12"}x]`, `[{"type":"transfer","amount":1,"day":"1 October"}]`, `[{"type":"transfer","amount":1,"speed":"slow"}]`,
		`[{"type":"transfer","amount":1,"to":{"number":"12a4567"}}]`, `[{"type":"transfer","amount":1,"to":{}}]`, `[{"type":"transfer","amount":1,"day":null}]`, `[{"type":"transfer","amount":1,"day":["2026-10-01"]}]`,
		`[{"type":"transfer","amount":true}]`, `[{"type":7,"amount":1}]`, `[{"type":"transfer","amount":10000000000000000}]`, `null`, `[null]`, ``,
	} {
		if _, err := registry(t).Read([]byte(raw)); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// Every part of a binding changes the challenge, and no part can pass for its neighbour.
func TestChallenge(t *testing.T) {
	base := Binding{Nonce: bytes.Repeat([]byte{1}, 32), Details: []byte(`[{"a":1}]`), ClientID: "ab", Subject: "c", Interaction: "d", ShownAt: time.Unix(1000, 0)}
	seen := map[string]bool{}
	for _, edit := range []func(*Binding){
		func(*Binding) {}, func(b *Binding) { b.Nonce = bytes.Repeat([]byte{2}, 32) }, func(b *Binding) { b.Details = []byte(`[{"a":2}]`) }, func(b *Binding) { b.ClientID, b.Subject = "a", "bc" },
		func(b *Binding) { b.Subject, b.Interaction = "", "cd" }, func(b *Binding) { b.Interaction = "e" }, func(b *Binding) { b.ShownAt = time.Unix(1001, 0) },
	} {
		b := base
		edit(&b)
		seen[hex.EncodeToString(b.Challenge())] = true
	}
	if len(seen) != 7 {
		t.Errorf("%d challenges of 7 bindings", len(seen))
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`[{"type":"transfer","amount":1,"to":{"number":"1234"}}]`))
	r, err := NewRegistry([]Type{{Name: "transfer", Schema: `{}`, Fields: []Field{{Name: "amount", Format: "yen"}, {Name: "note", Format: "text"}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		tx, err := r.Read(raw)
		if err != nil {
			return
		}
		again, err := r.Read(tx.Canonical)
		if err != nil || !bytes.Equal(again.Canonical, tx.Canonical) || !Same(raw, tx.Canonical) {
			t.Errorf("%q: %q %v", raw, tx.Canonical, err)
		}
	})
}
