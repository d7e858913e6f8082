package session

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"sekisho/idp/keys"
)

// KnownBrowsers remembers, in the browser itself, which accounts signed in there before,
// so that a first sign-in elsewhere can be told to the customer (SE-12). The cookie holds
// keyed MACs, not names; losing it costs one more mail and nothing else. It grants nothing.
type KnownBrowsers struct {
	Jar Jar
	MAC func(p keys.Purpose, parts ...[]byte) []byte
}

const (
	maxKnown   = 5  // accounts per browser; the oldest is forgotten
	markLength = 22 // 128 bits in base64url
)

func (k *KnownBrowsers) mark(accountID string) string {
	return base64.RawURLEncoding.EncodeToString(k.MAC(keys.PurposeCookie, []byte("known browser"), []byte(accountID))[:16])
}

func (k *KnownBrowsers) marks(r *http.Request) []string {
	value := k.Jar.Get(r)
	if value == "" {
		return nil
	}
	var marks []string
	for ; len(value) >= markLength; value = value[markLength:] {
		marks = append(marks, value[:markLength])
	}
	return marks
}

// Contains reports whether the account signed in here before.
func (k *KnownBrowsers) Contains(r *http.Request, accountID string) bool {
	return slices.Contains(k.marks(r), k.mark(accountID))
}

// Remember adds the account; call it after its sign-in was committed.
func (k *KnownBrowsers) Remember(w http.ResponseWriter, r *http.Request, accountID string) {
	mark := k.mark(accountID)
	marks := slices.DeleteFunc(k.marks(r), func(m string) bool { return m == mark })
	marks = append(marks, mark)
	if len(marks) > maxKnown {
		marks = marks[len(marks)-maxKnown:]
	}
	k.Jar.Set(w, strings.Join(marks, ""))
}
