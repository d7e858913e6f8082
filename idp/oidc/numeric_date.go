package oidc

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// NumericDate is seconds since the epoch, fractions allowed (RFC 7519 section 2).
type NumericDate struct{ time.Time }

// UnmarshalJSON refuses what is no number, negative, or beyond the year 9999.
func (n *NumericDate) UnmarshalJSON(raw []byte) error {
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || !(seconds >= 0 && seconds < 253402300800) {
		return fmt.Errorf("not a NumericDate")
	}
	whole, fraction := math.Modf(seconds)
	n.Time = time.Unix(int64(whole), int64(fraction*1e9))
	return nil
}
