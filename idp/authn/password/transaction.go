package password

import (
	"context"

	"sekisho/idp"
)

// other is the password the kind must differ from (A2, C12).
func other(kind idp.PasswordKind) idp.PasswordKind {
	if kind == idp.TransactionPassword {
		return idp.LoginPassword
	}
	return idp.TransactionPassword
}

// fourDigits reports whether plain has the form transaction passwords once had. It is
// known only when it is typed; a hash does not tell.
func fourDigits(plain string) bool {
	if len(plain) != 4 {
		return false
	}
	for _, c := range []byte(plain) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// SetFirst judges and stores the first password of its kind of a customer who has proved
// who they are by other means; Current and KeepSessionID are not looked at and nobody is
// signed out. idp.ErrExists when there is one already, which is for Change to replace; a bad
// one is a *PolicyError.
func (s *Service) SetFirst(ctx context.Context, c Change) error {
	next, err := s.New(ctx, c.Account.ID, c.Kind, c.New, c.Context)
	if err != nil {
		return err
	}
	next.TrustedFrom = c.TrustedFrom
	return s.Store.AddPassword(ctx, next, c.Effects)
}
