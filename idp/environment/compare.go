package environment

import (
	"bytes"
	"crypto/subtle"
	"time"

	"sekisho/idp"
)

// Verdict is what a browser is to an account.
type Verdict string

const (
	Known   Verdict = "known"
	Changed Verdict = "changed" // the cookie is right, but it sits in another browser or in another place altogether
	Unknown Verdict = "unknown"
	Copied  Verdict = "copied" // the cookie was right once, and its successor is in use elsewhere
)

// Grace is how long the secret before the present one still counts: two tabs that sign in
// at the same moment show the same one.
const Grace = time.Minute

// Compare judges a browser that shows a secret of this hash. held is the record the cookie
// names, nil when there is none. A machine keeps its browser and its platform, so when one
// of them differs the cookie has moved; it changes networks every day, and now and then
// its language, but not both at once.
func Compare(held *idp.Environment, presented []byte, seen Signals, now time.Time) Verdict {
	if held == nil || !now.Before(held.ExpiresAt) {
		return Unknown
	}
	current := subtle.ConstantTimeCompare(held.Hash, presented) == 1
	if !current && !(before(held, presented) && now.Before(held.RotatedAt.Add(Grace))) {
		return Copied
	}
	moved := held.Network != seen.Network && held.Language != seen.Language
	if held.Browser != seen.Browser || held.Platform != seen.Platform || moved {
		return Changed
	}
	return Known
}

func before(held *idp.Environment, presented []byte) bool {
	return len(held.PreviousHash) > 0 && bytes.Equal(held.PreviousHash, presented)
}
