package details

import (
	"bytes"
	"testing"
	"time"
)

// RA-02: a passkey signs every part of what was shown, and each by itself.
func TestEachPartIsSigned(t *testing.T) {
	base := Binding{Nonce: bytes.Repeat([]byte{1}, 32), Details: []byte(`[{"a":1}]`), ClientID: "client", Subject: "customer", Interaction: "visit", ShownAt: time.Unix(1000, 0)}
	for name, edit := range map[string]func(*Binding){
		"nonce": func(b *Binding) { b.Nonce = bytes.Repeat([]byte{2}, 32) }, "details": func(b *Binding) { b.Details = []byte(`[{"a":2}]`) }, "client": func(b *Binding) { b.ClientID = "other" },
		"customer": func(b *Binding) { b.Subject = "other" }, "interaction": func(b *Binding) { b.Interaction = "other" }, "time": func(b *Binding) { b.ShownAt = time.Unix(1001, 0) },
	} {
		other := base
		edit(&other)
		if bytes.Equal(base.Challenge(), other.Challenge()) {
			t.Errorf("RA-02: the %s is not signed", name)
		}
	}
}
