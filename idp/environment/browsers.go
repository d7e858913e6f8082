package environment

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/session"
)

// Store keeps the records. *storage.Store satisfies it.
type Store interface {
	Environment(ctx context.Context, accountID, id string) (*idp.Environment, error)
}

// Browsers reads and writes the cookie by which a browser is known.
type Browsers struct {
	Store    Store
	Jar      session.Jar
	MAC      func(p keys.Purpose, parts ...[]byte) []byte
	ClientIP func(*http.Request) string
	Now      func() time.Time
	Life     time.Duration // without a sign-in an environment is forgotten after this
}

// The cookie is a list of entries of fixed length, one per account: the record's id, its
// secret, and a MAC over both and the account, by which an account's entry is found
// without naming the account.
const (
	idLength     = 26
	secretLength = 43
	macLength    = 22 // 128 bits in base64url
	entryLength  = idLength + secretLength + macLength
	maxAccounts  = 5 // per browser; the one not signed in for longest is dropped
	// MaxPerAccount environments are kept; those not seen for longest are forgotten.
	MaxPerAccount = 10
)

// Seen is what one look at a request found out about an account's environment.
type Seen struct {
	Verdict Verdict
	Signals Signals
	held    *idp.Environment
	shown   []byte // hash of the secret in the cookie
}

// HeldID is the record that the browser's cookie names for the account, "" when it names
// none. It serves to mark a row of a list: whether the secret is right is not looked at.
func (b *Browsers) HeldID(r *http.Request, accountID string) string {
	entry := b.entry(b.entries(r), accountID)
	return entry[:min(len(entry), idLength)]
}

// Look judges the request's browser for the account. It reads storage only where the
// cookie names a record of this account.
func (b *Browsers) Look(r *http.Request, accountID string) (Seen, error) {
	seen := Seen{Verdict: Unknown, Signals: SignalsOf(r, b.ClientIP(r))}
	entry := b.entry(b.entries(r), accountID)
	if entry == "" {
		return seen, nil
	}
	held, err := b.Store.Environment(r.Context(), accountID, entry[:idLength])
	if errors.Is(err, idp.ErrNotFound) {
		return seen, nil
	}
	if err != nil {
		return seen, err
	}
	seen.held, seen.shown = held, idp.HashSecret(entry[idLength:idLength+secretLength])
	seen.Verdict = Compare(held, seen.shown, seen.Signals, b.Now())
	return seen, nil
}

// Next is what a finished sign-in changes: the known environment gets a new secret, any
// other becomes known under a new record. nil, and no new cookie, when another tab of the
// same browser was faster a moment ago. The secret goes to Remember after the commit.
func (b *Browsers) Next(accountID string, seen Seen) (use *idp.EnvironmentUse, secret string) {
	now := b.Now()
	secret = idp.NewSecret()
	use = &idp.EnvironmentUse{Max: MaxPerAccount, Environment: idp.Environment{
		ID: idp.NewID(), AccountID: accountID, Hash: idp.HashSecret(secret), RotatedAt: now, LastSeenAt: now, CreatedAt: now, ExpiresAt: now.Add(b.Life),
		Browser: seen.Signals.Browser, Platform: seen.Signals.Platform, Network: seen.Signals.Network, Language: seen.Signals.Language,
	}}
	switch {
	case seen.held == nil || seen.Verdict == Unknown:
	case seen.Verdict == Copied:
		use.ForgetID = seen.held.ID
	case subtle.ConstantTimeCompare(seen.held.Hash, seen.shown) != 1:
		return nil, ""
	default:
		use.Presented, use.Environment.ID, use.Environment.CreatedAt = seen.shown, seen.held.ID, seen.held.CreatedAt
	}
	return use, secret
}

// Remember puts the new secret into the browser; call it after the sign-in was committed.
func (b *Browsers) Remember(w http.ResponseWriter, r *http.Request, use *idp.EnvironmentUse, secret string) {
	if use == nil || !use.Kept {
		return
	}
	e := use.Environment
	entries := b.entries(r)
	mine := b.entry(entries, e.AccountID)
	var kept []string
	for _, entry := range entries {
		if entry != mine {
			kept = append(kept, entry)
		}
	}
	kept = append(kept, e.ID+secret+b.mac(e.AccountID, e.ID+secret))
	b.Jar.Set(w, strings.Join(kept[max(0, len(kept)-maxAccounts):], ""))
}

// entries are the parts of the cookie, unchecked.
func (b *Browsers) entries(r *http.Request) (list []string) {
	for value := b.Jar.Get(r); len(value) >= entryLength; value = value[entryLength:] {
		list = append(list, value[:entryLength])
	}
	return list
}

// entry finds the account's own among entries, "" when there is none that we made for it.
func (b *Browsers) entry(entries []string, accountID string) string {
	for _, entry := range entries {
		mac := b.mac(accountID, entry[:entryLength-macLength])
		if subtle.ConstantTimeCompare([]byte(mac), []byte(entry[entryLength-macLength:])) == 1 {
			return entry
		}
	}
	return ""
}

func (b *Browsers) mac(accountID, signed string) string {
	return base64.RawURLEncoding.EncodeToString(b.MAC(keys.PurposeCookie, []byte("environment"), []byte(accountID), []byte(signed))[:16])
}
