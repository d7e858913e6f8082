package token

import (
	"time"

	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// logoutTokenLife is the exp of a logout token: OIDC Back-Channel Logout 2.4 recommends
// two minutes at most, and every attempt to deliver signs a new one.
const logoutTokenLife = 2 * time.Minute

// logoutEvent is the one member of events (OIDC Back-Channel Logout 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// LogoutToken tells the client that the session sid of an account's subject is over (LO-05),
// in the words of the client's ID tokens: the same sub, sid and algorithm. There is never a
// nonce, so that it cannot pass for one.
func (m *Minter) LogoutToken(client *idp.Client, subject, sid string, at time.Time) (string, error) {
	return m.Keys.Sign(idTokenAlg(client, m.Keys.Algorithms()), keys.KindLogoutToken, &zoidc.LogoutTokenClaims{
		Issuer: m.Issuer, Subject: m.Subjects.Subject(client, subject), Audience: zoidc.Audience{client.ID}, SessionID: m.Subjects.Session(client, sid), JWTID: idp.NewID(),
		IssuedAt: zoidc.FromTime(at), Expiration: zoidc.FromTime(at.Add(logoutTokenLife)),
		Events: map[string]any{logoutEvent: struct{}{}},
	})
}
