package idp

import "time"

// LetterState is how far a letter has come.
type LetterState string

const (
	LetterQueued  LetterState = "queued"  // waits to be printed
	LetterPrinted LetterState = "printed" // on paper, and what it says is kept nowhere else
	LetterVoid    LetterState = "void"    // stopped, replaced or needless; its temporary passwords are gone
	LetterExpired LetterState = "expired"
)

// Where the wish for a letter came from.
const (
	LetterFromWeb  = "web"
	LetterFromDesk = "desk"
)

// LetterStop begins StopCode.SessionID of a code that stops a letter and nothing else; the
// letter's id follows.
const LetterStop = "letter:"

// Letter carries temporary passwords to a customer by post.
type Letter struct {
	ID        string
	AccountID string
	State     LetterState
	Origin    string
	Kinds     string // PasswordKind values, separated by spaces
	Sealed    []byte // what is to be printed, under keys.PurposeLetter; nil once it was, or never will be
	DueOn     string // YYYY-MM-DD in the firm's time zone: when it goes to the post
	CreatedAt time.Time
	ExpiresAt time.Time // of its temporary passwords
	EndedAt   time.Time // when it was printed, voided or expired; zero while queued
	Reason    string    // the desk's, or why it is void
}

// TemporaryPassword is good for one thing: choosing a lasting one. It stands beside the
// customer's own password until it is used, so that asking for a letter locks nobody out.
type TemporaryPassword struct {
	ID        string
	LetterID  string
	AccountID string
	Kind      PasswordKind
	Hash      string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// IssueLetter queues a letter with its temporary passwords, all or nothing. Earlier
// temporary passwords of the same kinds end.
type IssueLetter struct {
	Letter    Letter
	Passwords []TemporaryPassword
	StopCode  *StopCode // of the mail that tells of it; nil when nobody is told
	// NotSince, where it is set, refuses a letter beside one that is queued or was printed after it.
	NotSince time.Time
	Effects  Effects
}

// RedeemTemporary is the one use of a temporary password: a lasting one takes its place.
type RedeemTemporary struct {
	ID            string
	Password      Password // the new one; its account and kind are the temporary one's
	KeepSessionID string
	At            time.Time
	Effects       Effects
}
