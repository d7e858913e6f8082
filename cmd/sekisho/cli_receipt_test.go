package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/idptest"
	"sekisho/idp/keys"
	"sekisho/idp/receipt"
)

// approvedReceipt is a provider, and the receipt of a transaction that a customer approved
// there with a passkey.
func approvedReceipt(t *testing.T, details string) (*idptest.Provider, string) {
	t.Helper()
	p := idptest.New(t, idptest.Options{})
	desk := p.NewRelyingParty("desk", func(m *idp.ClientMetadata) { m.DetailTypes = []string{"withdrawal", "order"} })
	a := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	key := p.GivePasskey(a, nil)
	b := p.NewBrowser()
	b.Get("/account")
	b.UsePasskey(key)
	p.Clock.Advance(time.Minute)
	var form []string
	for name, values := range idptest.AuthorizeQuery("desk", idptest.Redirect, "authorization_details", details) {
		form = append(form, name, values[0])
	}
	pushed := desk.Post("/par", form...)
	b.Get("/authorize?" + url.Values{"client_id": {"desk"}, "request_uri": {pushed.String("request_uri")}}.Encode())
	tokens := desk.Exchange(b.UsePasskey(key).Response(t, idptest.Redirect).Get("code"))
	if tokens.Status != http.StatusOK || tokens.String("sekisho_receipt") == "" {
		t.Fatalf("%d %s", tokens.Status, tokens.Body)
	}
	return p, tokens.String("sekisho_receipt")
}

// verifier runs sekisho receipt verify on a receipt, offline.
func verifier(t *testing.T, p *idptest.Provider) func(compact string, flags ...string) (int, string) {
	t.Helper()
	dir := t.TempDir()
	jwks, file := filepath.Join(dir, "jwks.json"), filepath.Join(dir, "receipt.jwt")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(jwks, p.Call(http.MethodGet, "/jwks", "").Body)
	return func(compact string, flags ...string) (int, string) {
		write(file, compact)
		var out bytes.Buffer
		status := run(t.Context(), append([]string{"receipt", "verify", file, "--jwks", jwks}, flags...), nil, nil, &out, &out)
		return status, out.String()
	}
}

// A true receipt is accepted, and one in which any byte was changed is not: neither a byte of
// the file, nor, by somebody who holds the provider's own signing key, a byte of the amount,
// the account, the time or anything that the passkey signed.
func TestReceiptVerify(t *testing.T) {
	p, compact := approvedReceipt(t, `[{"type":"withdrawal","amount":300000,"destination":{"bank":"あけぼの銀行","number":"1234567","holder":"アオバ タロウ"}}]`)
	verify := verifier(t, p)
	status, said := verify(compact + "\n")
	for _, text := range []string{"The receipt is true.", "300000", "1234567", "あけぼの銀行", "desk", "passkey signed exactly this"} {
		if status != 0 || !strings.Contains(said, text) {
			t.Fatalf("RA-02: %d lacks %q:\n%s", status, text, said)
		}
	}
	t.Run("any byte of the file", func(t *testing.T) {
		for i := range compact {
			changed := []byte(compact)
			changed[i] ^= 1
			if status, said := verify(string(changed)); status != 1 {
				t.Fatalf("byte %d: %d %s", i, status, said)
			}
		}
	})
	body, err := json.Marshal(idptest.Claims(t, compact))
	if err != nil {
		t.Fatal(err)
	}
	var honest receipt.Claims
	if err := json.Unmarshal(body, &honest); err != nil {
		t.Fatal(err)
	}
	forged := func(t *testing.T, what string, edit func(*receipt.Claims)) {
		t.Helper()
		c := honest
		edit(&c)
		signed, err := p.Ring.Sign(p.Ring.Algorithms()[0], keys.KindReceipt, c)
		if err != nil {
			t.Fatal(err)
		}
		if status, said := verify(signed); status != 1 {
			t.Errorf("%s: %d %s", what, status, said)
		}
	}
	t.Run("signed again by the provider", func(t *testing.T) {
		signed, err := p.Ring.Sign(p.Ring.Algorithms()[0], keys.KindReceipt, honest)
		if err != nil {
			t.Fatal(err)
		}
		if status, said := verify(signed); status != 0 {
			t.Fatalf("%d %s", status, said)
		}
		for i := range honest.Details {
			forged(t, "details", func(c *receipt.Claims) {
				c.Details = append(json.RawMessage{}, honest.Details...)
				if c.Details[i] ^= 1; !json.Valid(c.Details) {
					c.Details = json.RawMessage(`[]`)
				}
			})
		}
		forged(t, "time", func(c *receipt.Claims) { c.Evidence.ShownAt-- })
		forged(t, "time", func(c *receipt.Claims) { c.IssuedAt += 3600 })
		forged(t, "customer", func(c *receipt.Claims) { c.Subject += "x" })
		forged(t, "client", func(c *receipt.Claims) { c.Client = "other" })
		forged(t, "interaction", func(c *receipt.Claims) { c.Interaction += "x" })
		for name, field := range map[string]func(*receipt.Evidence) *string{
			"nonce": func(e *receipt.Evidence) *string { return &e.Nonce }, "key": func(e *receipt.Evidence) *string { return &e.PublicKey },
			"thumbprint": func(e *receipt.Evidence) *string { return &e.Credential }, "RP ID": func(e *receipt.Evidence) *string { return &e.RPID },
			"authenticator data": func(e *receipt.Evidence) *string { return &e.AuthenticatorData },
			"client data":        func(e *receipt.Evidence) *string { return &e.ClientData }, "signature": func(e *receipt.Evidence) *string { return &e.Signature },
		} {
			for i := range *field(&honest.Evidence) {
				forged(t, name, func(c *receipt.Claims) {
					changed := []byte(*field(&c.Evidence))
					changed[i] ^= 1
					*field(&c.Evidence) = string(changed)
				})
			}
		}
	})
	t.Run("for programs", func(t *testing.T) {
		var answer receiptVerified
		if status, said := verify(compact, "--json"); status != 0 || json.Unmarshal([]byte(said), &answer) != nil || !answer.Valid || answer.Receipt.Client != "desk" {
			t.Errorf("%d %s", status, said)
		}
		if status, said := verify(compact[:len(compact)-4], "--json"); status != 1 || !strings.Contains(said, `"valid": false`) {
			t.Errorf("%d %s", status, said)
		}
	})
	t.Run("other signed tokens are no receipts", func(t *testing.T) {
		signed, err := p.Ring.Sign(p.Ring.Algorithms()[0], keys.KindIDToken, honest)
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := verify(signed); status != 1 {
			t.Error(status)
		}
	})
}

// Characters that JSON writers escape are still what the customer approved.
func TestReceiptOfEscapedText(t *testing.T) {
	p, compact := approvedReceipt(t, `[{"type":"order","side":"buy","instrument":"S&P <500> \"A\" \\","quantity":10}]`)
	if status, said := verifier(t, p)(compact); status != 0 {
		t.Errorf("%d %s", status, said)
	}
}
