package token

import (
	"encoding/json"
	"time"

	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/idp/pairwise"
)

// Keys signs and verifies; *keys.Ring is one.
type Keys interface {
	Sign(alg string, kind keys.Kind, claims any) (string, error)
	Verify(kind keys.Kind, token string) ([]byte, error)
	Algorithms() []string // the default first
}

// Lifetimes of what is issued. Zero values take the defaults; Defaults says which.
type Lifetimes struct {
	AccessToken time.Duration
	IDToken     time.Duration
	RefreshIdle time.Duration // an unused refresh token dies after this; the grant's end is absolute (RT-08)
	Grace       time.Duration // in which a rotated refresh token gets the same successor; at most 10 s (RT-04)
}

const (
	maxAccessToken     = time.Hour
	maxAccessTokenFAPI = 10 * time.Minute // FAPI 2.0 SP 6.1 (TK-14)
	maxGrace           = 10 * time.Second
)

// Defaults fills in 5 min, 5 min, 24 h and 10 s, and keeps the grace within its bound.
func (l Lifetimes) Defaults() Lifetimes {
	l.AccessToken = orElse(l.AccessToken, 5*time.Minute)
	l.IDToken = orElse(l.IDToken, 5*time.Minute)
	l.RefreshIdle = orElse(l.RefreshIdle, 24*time.Hour)
	l.Grace = min(orElse(l.Grace, maxGrace), maxGrace)
	return l
}

func orElse(d, standard time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return standard
}

// accessTokenFor is how long an access token of the client lives.
func (l Lifetimes) accessTokenFor(client *idp.Client) time.Duration {
	life := orElse(time.Duration(client.Metadata.AccessTokenSeconds)*time.Second, l.AccessToken)
	if client.Metadata.ClientProfile == idp.ProfileFAPI2 {
		return min(life, maxAccessTokenFAPI)
	}
	return min(life, maxAccessToken)
}

// Minter makes access tokens and ID tokens. It reads nothing: what it signs is what the
// caller already holds.
type Minter struct {
	Keys      Keys
	Issuer    string
	Lifetimes Lifetimes
	// Subjects says by what a client knows an account and a session.
	Subjects *pairwise.Subjects
}

// issuance is what one successful token request gives.
type issuance struct {
	subject  string
	scopes   []string
	audience []string
	grant    *idp.Grant // nil for client_credentials
	nonce    string
	refresh  string    // "" when none is given
	held     time.Time // the account's hold after a recovery; zero: none
	at       time.Time
	bound    idp.Confirmation

	exchanged *exchanged // of a token exchange
}

// expires is life after at, but never later than the grant itself.
func (i *issuance) expires(life time.Duration) time.Time {
	end := i.at.Add(life)
	if i.grant != nil && i.grant.ExpiresAt.Before(end) {
		end = i.grant.ExpiresAt
	}
	if i.exchanged != nil && i.exchanged.until.Before(end) {
		end = i.exchanged.until
	}
	return end
}

// AccessTokenClaims are the claims of an access token (RFC 9068 2.2).
type AccessTokenClaims struct {
	zoidc.TokenClaims
	Scope     string `json:"scope,omitempty"`
	SessionID string `json:"sid,omitempty"`
	GrantID   string `json:"grant_id,omitempty"` // absent in a client's own token
	Level     string `json:"sekisho_level,omitempty"`
	HoldUntil int64  `json:"sekisho_hold_until,omitempty"`
	// Confirmation is the key whose holder may use the token (RFC 7800); nil for everybody.
	Confirmation *idp.Confirmation `json:"cnf,omitempty"`
	Details      json.RawMessage   `json:"authorization_details,omitempty"` // RFC 9396 9.1
	From         []string          `json:"sekisho_from,omitempty"`          // the jti of the tokens it was exchanged for; it ends with any of them
}

// accessToken mints an access token and says how long it lives.
func (m *Minter) accessToken(client *idp.Client, i *issuance) (token string, life time.Duration, err error) {
	exp := i.expires(m.Lifetimes.Defaults().accessTokenFor(client))
	claims := AccessTokenClaims{
		TokenClaims: zoidc.TokenClaims{
			Issuer: m.Issuer, Subject: i.subject, Audience: i.audience, ClientID: client.ID,
			IssuedAt: zoidc.FromTime(i.at), Expiration: zoidc.FromTime(exp), JWTID: idp.NewID(),
		},
		Scope: joinScopes(i.scopes),
	}
	if i.bound.Bound() {
		claims.Confirmation = &i.bound
	}
	if g := i.grant; g != nil {
		claims.AuthTime = zoidc.FromTime(g.AuthTime)
		claims.AuthenticationContextClassReference, claims.AuthenticationMethodsReferences = g.ACR, g.AMR
		claims.SessionID, claims.GrantID, claims.Level = m.Subjects.Session(client, g.SID), g.ID, g.Level
		claims.HoldUntil = holdUntil(i.held, i.at)
		claims.Details = g.Details
	}
	if x := i.exchanged; x != nil {
		claims.Actor, claims.SessionID, claims.From = x.actor, x.sid, x.from
	}
	token, err = m.Keys.Sign(accessTokenAlg(client, m.Keys.Algorithms()), keys.KindAccessToken, &claims)
	return token, exp.Sub(i.at), err
}

// IDTokenClaims are the claims of an ID token (OIDC Core 2, 3.1.3.6).
type IDTokenClaims struct {
	zoidc.TokenClaims
	AccessTokenHash string `json:"at_hash,omitempty"`
	SessionID       string `json:"sid,omitempty"`
	Level           string `json:"sekisho_level,omitempty"`
	HoldUntil       int64  `json:"sekisho_hold_until,omitempty"`
}

// idToken mints an ID token beside an access token. extra holds claims about the customer
// that the claims parameter asked for; it never replaces a protocol claim.
func (m *Minter) idToken(client *idp.Client, i *issuance, accessToken string, extra map[string]any) (string, error) {
	alg := idTokenAlg(client, m.Keys.Algorithms())
	hash, err := zoidc.ClaimHash(accessToken, signatureAlgorithm(alg))
	if err != nil {
		return "", err
	}
	g := i.grant
	claims := IDTokenClaims{
		TokenClaims: zoidc.TokenClaims{
			Issuer: m.Issuer, Subject: i.subject, Audience: zoidc.Audience{client.ID},
			IssuedAt: zoidc.FromTime(i.at), Expiration: zoidc.FromTime(i.expires(m.Lifetimes.Defaults().IDToken)),
			AuthTime: zoidc.FromTime(g.AuthTime), Nonce: i.nonce,
			AuthenticationContextClassReference: g.ACR, AuthenticationMethodsReferences: g.AMR,
		},
		AccessTokenHash: hash, SessionID: m.Subjects.Session(client, g.SID), Level: g.Level,
		HoldUntil: holdUntil(i.held, i.at),
	}
	if len(extra) == 0 {
		return m.Keys.Sign(alg, keys.KindIDToken, &claims)
	}
	merged, err := mergeClaims(&claims, extra)
	if err != nil {
		return "", err
	}
	return m.Keys.Sign(alg, keys.KindIDToken, merged)
}
