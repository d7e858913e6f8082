package authorize

import (
	"context"
	"errors"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// HoldingsStore reads what an account owns. It decides which methods are offered, never a level.
type HoldingsStore interface {
	Passkeys(ctx context.Context, accountID string) ([]idp.Passkey, error)
	TOTP(ctx context.Context, accountID string) (*idp.TOTP, error)
	Emails(ctx context.Context, accountID string) ([]idp.Email, error)
	Password(ctx context.Context, accountID string, kind idp.PasswordKind) (*idp.Password, error)
	Recovery(ctx context.Context, accountID string) (idp.Recovery, error)
}

// HoldingsOf summarises an account's authenticators at now.
func HoldingsOf(ctx context.Context, s HoldingsStore, accountID string, maxPasskeys int, now time.Time) (assurance.Holdings, error) {
	h := assurance.Holdings{Known: true}
	recovery, err := s.Recovery(ctx, accountID)
	if err != nil {
		return h, err
	}
	h.HeldUntil = recovery.HeldUntil
	passkeys, err := s.Passkeys(ctx, accountID)
	if err != nil {
		return h, err
	}
	for _, k := range passkeys {
		if idp.Suspends(recovery.PasskeysSuspendedAt, k.CreatedAt) {
			h.SuspendedPasskeys++
			continue
		}
		h.Passkeys++
		if k.Attested && !k.BackupEligible {
			h.HardwarePasskeys++
		}
		if !now.Before(k.TrustedFrom) {
			h.TrustedPasskeys++
		} else if h.EarliestTrust.IsZero() || k.TrustedFrom.Before(h.EarliestTrust) {
			h.EarliestTrust = k.TrustedFrom
		}
	}
	if t, err := s.TOTP(ctx, accountID); err == nil {
		h.SuspendedTOTP = idp.Suspends(recovery.TOTPSuspendedAt, t.ConfirmedAt)
		h.TOTP = !h.SuspendedTOTP
	} else if !errors.Is(err, idp.ErrNotFound) {
		return h, err
	}
	h.CanEnrolPasskey = h.Passkeys < maxPasskeys && h.SuspendedPasskeys == 0 && !h.SuspendedTOTP
	emails, err := s.Emails(ctx, accountID)
	if err != nil {
		return h, err
	}
	for _, e := range emails {
		h.Email = h.Email || e.Verified()
	}
	if _, err := s.Password(ctx, accountID, idp.LoginPassword); err == nil {
		h.Password = true
	} else if !errors.Is(err, idp.ErrNotFound) {
		return h, err
	}
	return h, nil
}

// EnrolRequirement is what changing authenticators needs: a recent sign-in at the
// strongest level the account itself can reach (PG-16), so that nobody can lift a weak
// session by adding something to it while the owner has something better. What is
// suspended still sets the bar: reporting a device lost opens nothing (RC-11).
func EnrolRequirement(h assurance.Holdings, fresh time.Duration) assurance.OperationPolicy {
	op := assurance.OperationPolicy{Level: assurance.Email, MaxAge: fresh}
	switch {
	case h.Passkeys > 0, h.SuspendedPasskeys > 0:
		op.Level = assurance.PhishingResistant
	case h.TOTP, h.SuspendedTOTP:
		op.Level = assurance.MFA
	}
	return op
}
