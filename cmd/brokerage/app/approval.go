package brokerage

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// approval is the provider's signed receipt of a transaction, as it came and as it reads.
// What the page shows is the receipt's own, not what the form said.
type approval struct {
	ID       string   `json:"jti"`
	Subject  string   `json:"sub"`
	IssuedAt int64    `json:"iat"` // when the customer approved
	Level    string   `json:"sekisho_level"`
	Password bool     `json:"transaction_password"` // it was given as well
	Details  []detail `json:"authorization_details"`
	Evidence struct {
		Kind string `json:"kind"`
	} `json:"evidence"`

	compact string
	KeySet  string `json:"-"` // where the keys to verify it with are published
}

// At is when the customer approved.
func (a approval) At() time.Time { return time.Unix(a.IssuedAt, 0).UTC() }

// Signed reports whether the customer's own passkey signed the transaction.
func (a approval) Signed() bool { return a.Evidence.Kind == "passkey" }

// Number is the receipt's number where a name of a file is needed.
func (a approval) Number() string { return notOfANumber.ReplaceAllString(a.ID, "") }

// Amount is what the receipt says was approved.
func (a approval) Amount() int64 { return a.Details[0].Amount }

// Account is where to, with the number shortened the way the firm shows it elsewhere.
func (a approval) Account() account {
	to := a.Details[0].Destination
	if n := []rune(to.Number); len(n) > 3 {
		to.Number = "••••" + string(n[len(n)-3:])
	}
	return to
}

var notOfANumber = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// approvalOf takes the transaction of a token response: granted has to be what was asked for
// (RFC 9396 section 7.1), and the receipt true, this customer's and of the same transaction.
// A firm does not pay out on an approval that it could not prove later.
func (s *Site) approvalOf(ctx context.Context, d *discovered, token *oauth2.Token, subject string, asked []detail) (*approval, error) {
	granted, err := json.Marshal(token.Extra("authorization_details"))
	if err != nil || !sameMeaning(granted, asked) {
		return nil, errors.New("another transaction was granted than was asked for")
	}
	compact, _ := token.Extra("sekisho_receipt").(string)
	parsed, err := jose.ParseSigned(compact, signatureAlgorithms())
	if err != nil || len(parsed.Signatures) != 1 || parsed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType] != "sekisho-receipt+jwt" {
		return nil, errors.New("no receipt came with the approval")
	}
	verified, err := d.VerifierContext(ctx, &oidc.Config{
		ClientID: s.cfg.ClientID, SupportedSigningAlgs: algorithms, Now: s.cfg.Now, SkipExpiryCheck: true, // receipts do not end
	}).Verify(ctx, compact)
	if err != nil {
		return nil, err
	}
	var raw struct {
		Details json.RawMessage `json:"authorization_details"`
	}
	a := &approval{compact: compact, KeySet: d.KeySet}
	if err := errors.Join(verified.Claims(&raw), verified.Claims(a)); err != nil {
		return nil, err
	}
	if a.Subject != subject || a.ID == "" || !sameMeaning(raw.Details, asked) {
		return nil, errors.New("the receipt is of another transaction")
	}
	return a, nil
}

// receiptFile is the receipt as it came, for the customer to keep.
func (s *Site) receiptFile(w http.ResponseWriter, r *http.Request, x *session, _ customer) {
	var found *approval
	s.sessions.within(func() {
		if done := x.receipts[r.PathValue("id")]; done != nil {
			found = done.Approved
		}
	})
	if found == nil {
		s.missing(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/jwt")
	w.Header().Set("Content-Disposition", `attachment; filename="aoba-receipt-`+found.Number()+`.jwt"`)
	_, _ = w.Write([]byte(found.compact + "\n")) // the client went away: nobody left to tell
}
