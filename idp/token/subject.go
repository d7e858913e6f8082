package token

import (
	"errors"

	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
)

// errNoSubject: a pairwise client whose sector cannot be told. It gets no token rather
// than the account's public subject.
var errNoSubject = errors.New("token: the client has no sector to make a subject for")

// asKnownTo puts the caller's own view into an answer about an active token. The token's
// client finds what its tokens say; a resource server finds the customer as its own
// registration knows customers, so that a firm's own API recognises the account behind the
// token of a pairwise client, and that client still learns nothing (OIDC Core 8.1, RFC
// 7662 2.2).
func (i *Introspection) asKnownTo(caller *idp.Client, t *accessToken, out *zoidc.IntrospectionResponse) *zoidc.IntrospectionResponse {
	if t.state != nil && caller.ID != t.ClientID {
		out.Subject = i.Verifier.Subjects.Subject(caller, t.state.Subject)
	}
	return out
}
