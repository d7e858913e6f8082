package letter

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/temporary"
	"sekisho/idp/keys"
	"sekisho/idp/notify"
)

// Order is the wish for a letter.
type Order struct {
	Account *idp.Account
	Kinds   []idp.PasswordKind // empty: every password the customer has
	Origin  string             // idp.LetterFromWeb or idp.LetterFromDesk
	Actor   string             // of the audit record
	Reason  string             // the desk's
	// Identity names the kinds of documents the desk looked at.
	Identity []string
	Replaces string // id of the letter whose place it takes
}

// Issue queues a letter and tells every verified address with a code that stops it. On the
// web idp.ErrExists: one is on its way already. ErrNoAddress, ErrNoPassword; idp.ErrLocked
// when the account is not active.
func (s *Service) Issue(ctx context.Context, o Order) (*idp.Letter, error) {
	if !addressed(o.Account.Profile.Address) {
		return nil, ErrNoAddress
	}
	kinds, err := s.kinds(ctx, o)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	act := idp.IssueLetter{Letter: idp.Letter{
		ID: idp.NewID(), AccountID: o.Account.ID, Origin: o.Origin, Kinds: strings.Join(words(kinds), " "),
		DueOn: s.Calendar.Due(now), CreatedAt: now, ExpiresAt: now.Add(s.Lifetime), Reason: o.Reason,
	}}
	if o.Origin == idp.LetterFromWeb {
		act.NotSince = now.Add(-s.AgainAfter)
	}
	if err := s.make(ctx, &act, kinds); err != nil {
		return nil, err
	}
	code, shown := s.Stop.New(o.Account.ID, idp.LetterStop+act.Letter.ID)
	act.Effects.Outbox, err = s.mails(ctx, o.Account, notify.LetterRequested, notify.Data{At: now, StopCode: shown, StopUntil: code.ExpiresAt})
	if err != nil {
		return nil, err
	}
	if len(act.Effects.Outbox) > 0 {
		act.StopCode = &code
	}
	act.Effects.Audit = []idp.AuditRecord{s.Fill(ctx, idp.AuditRecord{
		At: now, Event: audit.LetterRequested, Result: audit.OK, Reason: o.Origin, Actor: o.Actor, AccountID: o.Account.ID, Detail: detail(act.Letter, o),
	})}
	return &act.Letter, s.Store.IssueLetter(ctx, act)
}

func detail(l idp.Letter, o Order) map[string]string {
	d := map[string]string{"letter": l.ID, "kinds": l.Kinds, "due": l.DueOn}
	for key, value := range map[string]string{"identity": strings.Join(o.Identity, " "), "because": o.Reason, "replaces": o.Replaces} {
		if value != "" {
			d[key] = value
		}
	}
	return d
}

// make generates the temporary passwords, hashed for comparing and sealed for printing.
func (s *Service) make(ctx context.Context, act *idp.IssueLetter, kinds []idp.PasswordKind) error {
	clear := map[idp.PasswordKind]string{}
	for _, kind := range kinds {
		clear[kind] = temporary.New()
		hash, err := s.Hasher.Hash(ctx, clear[kind])
		if err != nil {
			return err
		}
		act.Passwords = append(act.Passwords, idp.TemporaryPassword{
			ID: idp.NewID(), LetterID: act.Letter.ID, AccountID: act.Letter.AccountID, Kind: kind, Hash: hash,
			CreatedAt: act.Letter.CreatedAt, ExpiresAt: act.Letter.ExpiresAt,
		})
	}
	plain, err := json.Marshal(clear)
	if err != nil {
		return err
	}
	act.Letter.Sealed, err = s.Vault.Seal(keys.PurposeLetter, SealContext(act.Letter.ID, act.Letter.AccountID), plain)
	return err
}

// kinds are the passwords to issue anew: those asked for, or all that the customer has.
func (s *Service) kinds(ctx context.Context, o Order) ([]idp.PasswordKind, error) {
	held := s.Transaction
	if held {
		_, err := s.Store.Password(ctx, o.Account.ID, idp.TransactionPassword)
		if err != nil && !errors.Is(err, idp.ErrNotFound) {
			return nil, err
		}
		held = err == nil
	}
	all := []idp.PasswordKind{idp.LoginPassword}
	if held {
		all = append(all, idp.TransactionPassword)
	}
	if len(o.Kinds) == 0 {
		return all, nil
	}
	for _, kind := range o.Kinds {
		if kind == idp.TransactionPassword && !held {
			return nil, ErrNoPassword
		}
	}
	return o.Kinds, nil
}

func words(kinds []idp.PasswordKind) []string {
	var out []string
	for _, k := range kinds {
		out = append(out, string(k))
	}
	return out
}

// addressed reports whether the post finds the customer.
func addressed(a *idp.Address) bool {
	return a != nil && a.PostalCode != "" && (a.Formatted != "" || a.StreetAddress != "" || a.Locality != "")
}
