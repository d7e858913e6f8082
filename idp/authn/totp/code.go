package totp

import (
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"golang.org/x/text/unicode/norm"
)

var base32NoPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

// match finds the step within the window whose code is code and which is greater than
// after. All steps of the window are computed whatever the first ones give.
func match(secret []byte, code string, now time.Time, after int64) (step int64, ok bool, err error) {
	typed := normalise(code)
	key := base32NoPadding.EncodeToString(secret)
	current := now.Unix() / period
	for s := current + skew; s >= current-skew; s-- {
		want, err := hotp.GenerateCodeCustom(key, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, err
		}
		// Going down, the oldest fresh step wins, which leaves the newer ones usable.
		if subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 && s > after {
			step, ok = s, true
		}
	}
	return step, ok, nil
}

// normalise takes what a person types for a code: full-width digits and the gap that apps
// show in the middle. What is no code comes back as one that never matches.
func normalise(code string) string {
	if len(code) > 64 {
		return ""
	}
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, norm.NFKC.String(code))
	if len(code) != digits || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}

// uri is the Key Uri Format that authenticator apps read. Everything is escaped, the colon
// too, so that no name can move the boundary between issuer and account or add a parameter
// (OT-05).
func uri(issuer, account string, secret []byte) string {
	return "otpauth://totp/" + escape(issuer) + ":" + escape(account) +
		"?secret=" + base32NoPadding.EncodeToString(secret) +
		"&issuer=" + escape(issuer) +
		"&algorithm=SHA1&digits=" + strconv.Itoa(digits) + "&period=" + strconv.Itoa(period)
}

// escape is percent-encoding; apps do not read a plus sign as a space.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func grouped(secret []byte) string {
	s := base32NoPadding.EncodeToString(secret)
	var groups []string
	for ; len(s) > 4; s = s[4:] {
		groups = append(groups, s[:4])
	}
	return strings.Join(append(groups, s), " ")
}
