package loginui

import "time"

// PasswordAge tells a customer who just signed in that a password has been unchanged for
// long (A13). Nothing is refused for it. Posts: {Base}/password-age (choice=change|later).
type PasswordAge struct {
	Frame
	Transaction bool // the transaction password, not the login password
	ChangedAt   time.Time
	Again       time.Duration // how long "later" lasts
}

// PasswordAgeChange changes the login password on the way on.
// Posts: {Base}/password-age/new (current, new), {Base}/cancel.
type PasswordAgeChange struct {
	Frame
	MinLength int
	Reasons   []string
	LoginName string
}

func (PasswordAge) template() string       { return "password_age" }
func (PasswordAgeChange) template() string { return "password_age_change" }
