package oidc

import (
	"errors"
	"testing"
)

// AZ-21: what a hint must be besides signed; the signature is the verifier's.
func TestVerifyIDTokenHint(t *testing.T) {
	for payload, want := range map[string]bool{
		`{"iss":"https://op.example","sub":"a","aud":"web","sid":"s","exp":1}`: true,
		`{"iss":"https://op.example","sub":"a","aud":["web"]}`:                 true,
		`{"iss":"https://other.example","sub":"a","aud":"web"}`:                false,
		`{"iss":"https://op.example/","sub":"a","aud":"web"}`:                  false,
		`{"sub":"a","aud":"web"}`:                                              false,
		`{"iss":"https://op.example","aud":"web"}`:                             false,
		`{"iss":"https://op.example","sub":"a"}`:                               false,
		`{"iss":"https://op.example","sub":"a","aud":[]}`:                      false,
		`{"iss":"https://op.example","sub":"a","aud":["web","app"]}`:           false,
		`{"iss":"https://op.example","sub":"a","aud":7}`:                       false,
		`{"iss":"https://op.example","sub":"a","aud":"web","events":{}}`:       false,
		`{"iss":"https://op.example","sub":"a","aud":"x","client_id":"web"}`:   false,
		`{"iss":"https://op.example","sub":"a","sub":"b","aud":"web"}`:         false,
		`[]`: false,
	} {
		hint, err := VerifyIDTokenHint("YQ.Yg.Yw", issuer, func(string) ([]byte, error) { return []byte(payload), nil })
		if (err == nil) != want || want && (hint.ClientID != "web" || hint.Subject != "a") {
			t.Errorf("AZ-21 %s: %+v %v", payload, hint, err)
		}
	}
	refusing := func(string) ([]byte, error) {
		return []byte(`{"iss":"https://op.example","sub":"a","aud":"web"}`), errors.New("signature")
	}
	if _, err := VerifyIDTokenHint("YQ.Yg.Yw", issuer, refusing); !errors.Is(err, ErrIDTokenHint) {
		t.Errorf("AZ-21: %v", err)
	}
	for _, raw := range []string{"", "a", "a.b", "a.b.c.d", "..", "YQ.Yg.Y w", "YQ==.Yg.Yw"} {
		_, err := VerifyIDTokenHint(raw, issuer, func(string) ([]byte, error) { t.Errorf("%q reaches the verifier", raw); return nil, nil })
		if !errors.Is(err, ErrIDTokenHint) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
