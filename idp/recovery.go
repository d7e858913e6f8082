package idp

import "time"

// RecoveryCodes is how an account's set of recovery codes stands (OT-11).
type RecoveryCodes struct {
	Total     int // 0: none were ever made
	Left      int // not used yet
	CreatedAt time.Time
}

// Recovery is what a recovery left behind on an account. The zero value: nothing.
type Recovery struct {
	HeldUntil time.Time // until then operations that respect the hold are refused (RC-12)
	// An authenticator added at or before its time of suspension does not work (RC-11).
	PasskeysSuspendedAt time.Time
	TOTPSuspendedAt     time.Time
}

// Suspends reports whether a suspension covers an authenticator added then.
func Suspends(suspendedAt, addedAt time.Time) bool {
	return !suspendedAt.IsZero() && !addedAt.After(suspendedAt)
}

// RecoveryProof is one proof of a recovery, committed with the interaction's progress.
type RecoveryProof struct {
	Interaction *Interaction // compare-and-set on Version, new Progress
	AccountID   string
	// First makes this interaction the only one that may complete a recovery of the account (RC-02).
	First        bool
	RecoveryCode []byte      // MAC of the code that is used up, or nil
	Passkey      *PasskeyUse // of the assertion that was verified, or nil
	At           time.Time
	Effects      Effects
}

// LostDevice suspends authenticators before anything else is proved (RC-11).
type LostDevice struct {
	InteractionID string // must be the one that First admitted
	AccountID     string
	Passkeys      bool
	TOTP          bool
	At            time.Time
	Effects       Effects
}

// CompleteRecovery is the end of a recovery.
type CompleteRecovery struct {
	InteractionID  string
	Version        int
	AccountID      string
	Password       Password
	RemovePasskeys bool
	RemoveTOTP     bool
	// RemoveTransactionPassword makes room for another one where it was forgotten too (A8).
	RemoveTransactionPassword bool

	Since     time.Time // when the recovery began: a later sign-in or password change voids it
	HeldUntil time.Time
	At        time.Time
	Effects   Effects
}
