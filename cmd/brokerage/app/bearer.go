package brokerage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// algorithms the API accepts. HMAC and none are not among them, whatever discovery says.
var algorithms = []string{"ES256", "PS256", "RS256", "EdDSA"}

// accessToken is what the API reads of a validated JWT access token (RFC 9068).
type accessToken struct {
	Subject  string `json:"sub"`
	ClientID string `json:"client_id"`
	ID       string `json:"jti"`
	ACR      string `json:"acr"`
	Level    string `json:"sekisho_level"`
	AuthTime int64  `json:"auth_time"` // Unix seconds
	Expires  int64  `json:"exp"`

	Confirmation struct {
		Key         string `json:"jkt"`
		Certificate string `json:"x5t#S256"`
	} `json:"cnf"`
	Actor struct {
		Subject string `json:"sub"`
	} `json:"act"` // who acts for the customer, in a token that was exchanged
	Details json.RawMessage `json:"authorization_details"` // what the customer approved, where it was a transaction
	dpop    bool            // it was sent in the DPoP scheme
	raw     string
}

// errNoToken and errBadToken end in a bare challenge and in invalid_token.
var (
	errNoToken  = errors.New("no bearer token")
	errBadToken = errors.New("token not valid")
	errBadProof = errors.New("DPoP proof not valid")
)

// validate checks typ, signature, issuer, audience and time against the issuer's published
// keys. Everything a stranger can get wrong is errBadToken; any other error means that the
// keys could not be fetched.
func validate(ctx context.Context, iss *issuer, resource string, r *http.Request, now func() time.Time, keys *proofs) (accessToken, error) {
	var t accessToken
	sent := r.Header.Values("Authorization")
	scheme, raw, found := strings.Cut(strings.Join(sent, ""), " ")
	t.dpop, t.raw = strings.EqualFold(scheme, "DPoP"), raw
	if len(sent) != 1 || !found || !t.dpop && !strings.EqualFold(scheme, "Bearer") || raw == "" {
		return t, errNoToken
	}
	// An ID token has the same issuer and signature; only the type tells them apart (RFC 9068 section 4).
	parsed, err := jose.ParseSigned(raw, signatureAlgorithms())
	if err != nil || len(parsed.Signatures) != 1 || !atJWT(parsed.Signatures[0].Protected) {
		return t, errBadToken
	}
	d, err := iss.discover(ctx)
	if err != nil {
		return t, err
	}
	verified, err := d.VerifierContext(oidc.ClientContext(ctx, iss.client), &oidc.Config{
		ClientID: resource, SupportedSigningAlgs: algorithms, Now: now,
	}).Verify(ctx, raw)
	if err != nil {
		return t, fmt.Errorf("%w: %w", errBadToken, err)
	}
	if err := verified.Claims(&t); err != nil || t.Subject == "" || t.ID == "" {
		return t, errBadToken
	}
	return t, keys.confirmed(r, raw, t)
}

func signatureAlgorithms() []jose.SignatureAlgorithm {
	out := make([]jose.SignatureAlgorithm, len(algorithms))
	for i, a := range algorithms {
		out[i] = jose.SignatureAlgorithm(a)
	}
	return out
}

func atJWT(h jose.Header) bool {
	typ, _ := h.ExtraHeaders[jose.HeaderType].(string)
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	return typ == "at+jwt"
}

// rule is what one route demands beyond a valid token.
type rule struct {
	Values []string      // acr values to ask for; the token satisfies the rule with any of them
	Plain  bool          // Values are plain levels, compared with sekisho_level instead of acr
	MaxAge time.Duration // of auth_time
}

const (
	opTrade      = "urn:sekisho:op:trade"
	opWithdrawal = "urn:sekisho:op:withdrawal"
)

// What each route of the API asks for. How strong an operation is, is the provider's
// policy; the API asks by name and insists on freshness.
var (
	readRule       = rule{Values: []string{"urn:sekisho:acr:email", "urn:sekisho:acr:mfa", "phr", "phrh"}, Plain: true, MaxAge: 8 * time.Hour}
	tradeRule      = rule{Values: []string{opTrade}, MaxAge: 15 * time.Minute}
	withdrawalRule = rule{Values: []string{opWithdrawal}, MaxAge: 5 * time.Minute} // and an approval, see withdrawal
)

// clockSkew is allowed between the provider's clock and ours.
const clockSkew = 10 * time.Second

func (u rule) satisfied(t accessToken, now time.Time) bool {
	value := t.ACR
	if u.Plain {
		value = t.Level
	}
	at := time.Unix(t.AuthTime, 0)
	return slices.Contains(u.Values, value) && t.AuthTime > 0 &&
		!at.After(now.Add(clockSkew)) && now.Sub(at) <= u.MaxAge+clockSkew
}

// challenge is the RFC 9470 section 3 answer, in the scheme of the token.
func (u rule) challenge(w http.ResponseWriter, t accessToken) {
	u.demand(w, t)
	problem(w, http.StatusUnauthorized, "insufficient_user_authentication")
}

func (u rule) demand(w http.ResponseWriter, t accessToken) {
	w.Header().Set("WWW-Authenticate", t.scheme()+`error="insufficient_user_authentication", `+
		`error_description="A different authentication is required", `+
		`acr_values="`+strings.Join(u.Values, " ")+`", max_age="`+strconv.Itoa(int(u.MaxAge/time.Second))+`"`)
}
