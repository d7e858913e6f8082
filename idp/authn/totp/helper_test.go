package totp_test

import (
	"encoding/base32"
	"strings"
)

func decode(secret string) ([]byte, error) {
	return base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
}
