package idptest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/descope/virtualwebauthn"
)

// Authenticator is a software passkey authenticator used through the pages' JSON calls.
type Authenticator struct {
	RP   virtualwebauthn.RelyingParty
	Auth virtualwebauthn.Authenticator
	Keys []virtualwebauthn.Credential
}

// NewAuthenticator is a synced passkey provider with user verification.
func (p *Provider) NewAuthenticator() *Authenticator {
	return &Authenticator{
		RP:   virtualwebauthn.RelyingParty{ID: "localhost", Name: "Sekisho", Origin: p.URL},
		Auth: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{BackupEligible: true, BackupState: true}),
	}
}

// JSONAnswer is the answer of a script call.
type JSONAnswer struct {
	Status      int
	Header      http.Header
	Next        string          `json:"next"`
	ChallengeID string          `json:"challenge_id"`
	PublicKey   json.RawMessage `json:"publicKey"`
	Error       struct {
		Code, Title, Detail string
	} `json:"error"`
}

// Script makes a JSON call as the page the browser is on would, with its form token.
func (b *Browser) Script(path string, body any) JSONAnswer {
	b.T.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		b.T.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.T.Context(), http.MethodPost, b.resolve(path), bytes.NewReader(raw))
	if err != nil {
		b.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Origin", b.Origin)
	r.Header.Set("X-CSRF-Token", b.Page.CSRF())
	r.Header.Set("User-Agent", userAgent)
	resp, err := b.Client.Do(r)
	if err != nil {
		b.T.Fatal(err)
	}
	defer resp.Body.Close()
	a := JSONAnswer{Status: resp.StatusCode, Header: resp.Header}
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		b.T.Fatalf("%s answered %d without JSON: %v", path, resp.StatusCode, err)
	}
	return a
}

// CSRF is the form token of a page.
func (p *Page) CSRF() string {
	for _, f := range p.Forms {
		if token := f.Values.Get("csrf"); token != "" {
			return token
		}
	}
	if _, rest, ok := strings.Cut(p.Body, `data-csrf="`); ok {
		token, _, _ := strings.Cut(rest, `"`)
		return token
	}
	return ""
}

// Base is the path of the interaction the browser is in.
func (b *Browser) Base() string { return b.Page.URL.Path }

// Finish is the body of the two finish calls.
type Finish struct {
	ChallengeID string          `json:"challenge_id"`
	Credential  json.RawMessage `json:"credential"`
	Name        string          `json:"name,omitempty"`
}

// Enrol adds a passkey on the enrolment page and follows to the next page.
func (b *Browser) Enrol(a *Authenticator) *Page {
	b.T.Helper()
	base := b.Base()
	begun := b.Script(base+"/enrol/options", struct{}{})
	if begun.ChallengeID == "" {
		b.T.Fatalf("enrol options: %d %+v", begun.Status, begun.Error)
	}
	done := b.Script(base+"/enrol/finish", Finish{begun.ChallengeID, a.Create(b, begun), ""})
	if done.Next == "" {
		b.T.Fatalf("enrol finish: %d %+v", done.Status, done.Error)
	}
	return b.Get(done.Next)
}

// Create answers creation options with a new credential.
func (a *Authenticator) Create(b *Browser, begun JSONAnswer) json.RawMessage {
	b.T.Helper()
	options, err := virtualwebauthn.ParseAttestationOptions(string(begun.PublicKey))
	if err != nil {
		b.T.Fatal(err)
	}
	key := newCredential()
	answer := virtualwebauthn.CreateAttestationResponse(a.RP, a.Auth, key, *options)
	a.Keys = append(a.Keys, key)
	a.Auth.AddCredential(key)
	a.Auth.Options.UserHandle = []byte(options.UserID)
	return json.RawMessage(answer)
}

// newCredential makes a P-256 credential. The library leaves out leading zeros of the
// key's coordinates, which no authenticator does and the provider refuses: about one key
// in 128 would not be registered.
func newCredential() virtualwebauthn.Credential {
	const encoded = 77 // bytes of a canonical COSE_Key with two coordinates of 32
	for {
		if key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(key.Key.AttestationData()) == encoded {
			return key
		}
	}
}

// Get answers request options with the newest credential.
func (a *Authenticator) Get(b *Browser, begun JSONAnswer) json.RawMessage {
	b.T.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(string(begun.PublicKey))
	if err != nil {
		b.T.Fatal(err)
	}
	key := &a.Keys[len(a.Keys)-1]
	key.Counter++
	return json.RawMessage(virtualwebauthn.CreateAssertionResponse(a.RP, a.Auth, *key, *options))
}

// PasskeySignIn signs in, or steps up, with the authenticator on the page the browser is on.
func (b *Browser) PasskeySignIn(a *Authenticator) *Page {
	b.T.Helper()
	done := b.PasskeyAnswer(a)
	if done.Next == "" {
		b.T.Fatalf("passkey finish: %d %+v", done.Status, done.Error)
	}
	return b.Get(done.Next)
}

// PasskeyAnswer is PasskeySignIn up to the provider's answer, whatever it is.
func (b *Browser) PasskeyAnswer(a *Authenticator) JSONAnswer {
	b.T.Helper()
	base := b.Base()
	begun := b.Script(base+"/passkey/options", map[string]string{"mediation": "optional"})
	if begun.ChallengeID == "" {
		b.T.Fatalf("passkey options: %d %+v", begun.Status, begun.Error)
	}
	return b.Script(base+"/passkey", Finish{begun.ChallengeID, a.Get(b, begun), ""})
}
