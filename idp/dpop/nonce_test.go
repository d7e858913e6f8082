package dpop_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp/dpop"
	"sekisho/idp/oidc"
)

func nonces(key string, now func() time.Time) *dpop.Nonces {
	mac := func(m []byte) []byte {
		h := hmac.New(sha256.New, []byte(key))
		h.Write(m)
		return h.Sum(nil)
	}
	return &dpop.Nonces{MAC: mac, VerifyMAC: func(m, given []byte) bool { return hmac.Equal(mac(m), given) }, Now: now}
}

// DP-05: only a nonce of this provider and of this time is one; all nodes agree on it.
func TestNonces(t *testing.T) {
	v, _ := verifier()
	v.Nonces = nonces("shared", at(0))
	k := keyOf(t, jose.ES256)
	current := v.Nonces.Current()
	forged, _ := base64.RawURLEncoding.DecodeString(current)
	forged[7]++ // the next window under the MAC of this one
	for name, c := range map[string]struct {
		nonce any
		fine  bool
	}{
		"the current one":                  {current, true},
		"another node's, a moment ahead":   {nonces("shared", at(2*time.Minute)).Current(), true},
		"the one before":                   {nonces("shared", at(-2*time.Minute)).Current(), true},
		"DP-05 none":                       {nil, false},
		"DP-05 stale":                      {nonces("shared", at(-4*time.Minute)).Current(), false},
		"DP-05 from far ahead":             {nonces("shared", at(6*time.Minute)).Current(), false},
		"DP-05 foreign":                    {nonces("other", at(0)).Current(), false},
		"DP-05 made by the client":         {"my-nonce", false},
		"DP-05 another window's MAC":       {base64.RawURLEncoding.EncodeToString(forged), false},
		"DP-05 with something at its end":  {current + "AAAA", false},
		"DP-05 empty":                      {"", false},
		"DP-05 a window without any proof": {base64.RawURLEncoding.EncodeToString(forged[:8]), false},
	} {
		t.Run(name, func(t *testing.T) {
			_, e := v.Key(post(k.Proof("POST", endpoint, map[string]any{"nonce": c.nonce})))
			if (e == nil) != c.fine || e != nil && (e.Code != oidc.UseDPoPNonce || e.HTTPStatus() != 400) {
				t.Errorf("%v", e)
			}
		})
	}
	if later := nonces("shared", at(2*time.Minute)).Current(); later == current {
		t.Error("DP-05: the nonce does not rotate")
	}
	if same := nonces("shared", at(time.Second)).Current(); same != current {
		t.Error("two nodes hand out different nonces in one window")
	}
}

// DP-05: a nonce comes with every answer, and with none where none is wanted.
func TestOffer(t *testing.T) {
	v, _ := verifier()
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, on := range []bool{false, true} {
		want := ""
		if on {
			v.Nonces = nonces("shared", at(0))
			want = v.Nonces.Current()
		}
		w := httptest.NewRecorder()
		v.Offer(hello).ServeHTTP(w, httptest.NewRequest("POST", "/token", nil))
		if got := w.Header().Get(dpop.NonceHeader); got != want || w.Code != http.StatusTeapot {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
