package token

import "time"

// holdUntil is the claim that tells relying parties of the hold after a recovery: the time
// it ends in Unix seconds while it lasts, 0 (and so absent) otherwise (RC-12). A fraction
// of a second counts as a whole one, so that nobody reads the hold as over before it is.
func holdUntil(held, now time.Time) int64 {
	if !now.Before(held) {
		return 0
	}
	end := held.Unix()
	if held.Nanosecond() > 0 {
		end++
	}
	return end
}
