package dpop

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"

	"sekisho/idp/oidc"
)

// NonceHeader carries a nonce to the client (RFC 9449 8.1).
const NonceHeader = "DPoP-Nonce"

// nonceWindow is how long one nonce is handed out. It is accepted to the end of the
// window after that, so a client is never refused the nonce it got a moment ago.
const nonceWindow = 2 * time.Minute

// Nonces makes and checks nonces without storing any: a nonce is the number of a window of
// time and a MAC over it. Every node that has the key can check it; nobody else can make
// one ahead of its time, which is what a nonce is for. That a proof serves once is the
// work of its jti.
type Nonces struct {
	// MAC and VerifyMAC authenticate under a key of all nodes, made for this alone.
	MAC       func(message []byte) []byte
	VerifyMAC func(message, mac []byte) bool
	Now       func() time.Time
}

func (n *Nonces) window(at time.Time) uint64 {
	return uint64(at.Unix()) / uint64(nonceWindow/time.Second)
}

// Current is the nonce to use now.
func (n *Nonces) Current() string {
	number := binary.BigEndian.AppendUint64(nil, n.window(n.Now()))
	return base64.RawURLEncoding.EncodeToString(append(number, n.MAC(number)...))
}

// good reports whether a nonce is of this window, the one before, or the next one, which
// another node's clock may already have reached.
func (n *Nonces) good(nonce string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(nonce)
	if err != nil || len(raw) <= 8 || len(raw) > 64 {
		return false
	}
	number, now := binary.BigEndian.Uint64(raw[:8]), n.window(n.Now())
	return number+1 >= now && number <= now+1 && n.VerifyMAC(raw[:8], raw[8:])
}

// Offer gives every answer of the handler the current nonce (RFC 9449 8.2): errors that
// ask for one, and successes, so that a client's next proof has it.
func (v *Verifier) Offer(next http.Handler) http.Handler {
	if v.Nonces == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(NonceHeader, v.Nonces.Current())
		next.ServeHTTP(w, r)
	})
}

// checkNonce demands a current nonce where the provider uses them (RFC 9449 4.3, check 10).
func checkNonce(c *checking) *oidc.Error {
	if c.v.Nonces == nil || c.v.Nonces.good(c.proof.claims.Nonce) {
		return nil
	}
	return oidc.NewError(oidc.UseDPoPNonce, "the DPoP proof needs the nonce of the DPoP-Nonce header")
}
