package brokerage_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// transactions are what the issuer under test knows of them: it approves what was pushed
// without asking anybody.
type transactions struct {
	pushed       map[string]url.Values // by request_uri
	open         map[string]bool       // jti of tokens for one act that were not used
	used         int
	granted      func(details []any)            // last word on what is granted
	receipt      func(claims map[string]any)    // last word on the receipt
	answers      func(http.ResponseWriter) bool // in place of the redemption endpoint; true: it has answered
	mute         bool                           // introspection does not answer either
	noRedemption bool                           // discovery names no redemption endpoint
	after        bool                           // answers only once the transaction is used up
}

func (p *provider) par(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = r.ParseForm()
	uri := "urn:ietf:params:oauth:request_uri:" + rand.Text()
	p.pushed[uri] = r.PostForm
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{"request_uri": uri, "expires_in": 60})
}

// resolve is the pushed request that a query names, or the query.
func (p *provider) resolve(q url.Values) url.Values {
	if pushed, found := p.pushed[q.Get("request_uri")]; found {
		return pushed
	}
	return q
}

// transaction is the request that was pushed for the last one the browser brought.
func (p *provider) transaction() url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pushed[p.requests[len(p.requests)-1].Get("request_uri")]
}

const takeDetails = `[{"type":"withdrawal","amount":%d,"destination":{"bank":"みどり銀行","branch":"本店","kind":"ordinary","number":"1234567","holder":"ご本人名義"}}]`

// approvedToken is a token for one withdrawal of so much.
func (p *provider) approvedToken(amount int64, authTime int64) string {
	return p.detailedToken(fmt.Sprintf(takeDetails, amount), withdrawACR, authTime)
}

func (p *provider) detailedToken(details, acr string, authTime int64) string {
	before, jti := p.claims, rand.Text()
	defer func() { p.claims = before }()
	p.claims = func(c map[string]any) {
		before(c)
		c["authorization_details"], c["jti"] = json.RawMessage(details), jti
	}
	token := p.accessToken(acr, authTime)
	p.open[jti] = true
	return token
}

func (p *provider) approved(acr string, asked url.Values, id string) map[string]any {
	var details []any
	_ = json.Unmarshal([]byte(asked.Get("authorization_details")), &details)
	if p.granted != nil {
		p.granted(details)
	}
	granted, _ := json.Marshal(details)
	claims := map[string]any{
		"iss": p.URL, "sub": p.subject, "aud": "aoba-trade", "jti": "r-" + rand.Text(), "iat": p.now().Unix(), "sekisho_level": "phr",
		"authorization_details": json.RawMessage(granted), "evidence": map[string]string{"kind": "passkey"}, "typ": "sekisho-receipt+jwt",
	}
	if p.receipt != nil {
		p.receipt(claims)
	}
	typ, _ := claims["typ"].(string)
	delete(claims, "typ")
	return map[string]any{
		"access_token": p.detailedToken(string(granted), acr, p.authTime(asked)), "token_type": "Bearer", "expires_in": 300, "id_token": id,
		"authorization_details": json.RawMessage(granted), "sekisho_receipt": p.sign(typ, claims),
	}
}

func (p *provider) redeem(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answers != nil && !p.after && p.answers(w) {
		return
	}
	id, answer := p.examine(w, r)
	if id == "" {
		return
	}
	if p.open[id] {
		delete(p.open, id)
		p.used++
	}
	if p.answers != nil && p.answers(w) {
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (p *provider) introspect(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mute && breaksOff(w) {
		return
	}
	if _, answer := p.examine(w, r); answer != nil {
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// examine authenticates the API and says what its token is worth; "" where it answered.
func (p *provider) examine(w http.ResponseWriter, r *http.Request) (id string, answer map[string]any) {
	_ = r.ParseForm()
	if user, secret, _ := r.BasicAuth(); user != "aoba-api" || secret != "a+secret+of+the+API" {
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_client"})
		return "", nil
	}
	claims := claimsOf(r.PostForm.Get("token"))
	id, _ = claims["jti"].(string)
	if !p.open[id] {
		return id, map[string]any{"active": false}
	}
	return id, map[string]any{"active": true, "sub": claims["sub"], "authorization_details": claims["authorization_details"]}
}

// breaksOff ends the connection in place of an answer.
func breaksOff(w http.ResponseWriter) bool {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
	return true
}

// claimsOf reads a token of the issuer's own.
func claimsOf(token string) map[string]any {
	var claims map[string]any
	if parts := strings.Split(token, "."); len(parts) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(payload, &claims)
	}
	return claims
}
