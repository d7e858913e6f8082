package idp

import "time"

// Environment is a browser on a device in which an account signed in before (A10). The
// cookie holds a secret of which only the hash is stored; each sign-in replaces it. What
// else is kept is coarse on purpose: enough to notice that a cookie moved to another
// machine, too little to follow a person.
type Environment struct {
	ID           string
	AccountID    string
	Hash         []byte // HashSecret of the secret now in the cookie
	PreviousHash []byte // of the one before it; empty when there was none
	RotatedAt    time.Time
	Browser      string // family, such as "Chrome"
	Platform     string // such as "Windows"
	Network      string // IPv4 /24 or IPv6 /48
	Language     string // primary subtag of the first language, such as "ja"
	CreatedAt    time.Time
	LastSeenAt   time.Time
	ExpiresAt    time.Time
}

// EnvironmentUse is what a sign-in does to the environment it comes from.
type EnvironmentUse struct {
	Environment Environment // with the new hash and what was seen
	Presented   []byte      // hash of the secret that the browser showed; empty: the environment is new
	ForgetID    string      // an environment whose cookie turned out to be copied; it goes
	Max         int         // environments per account; the longest unseen beyond it go
	// Kept is set by storage: the new secret counts, and belongs into the browser. It does
	// not when another tab was faster, or the environment was forgotten meanwhile.
	Kept bool
}
