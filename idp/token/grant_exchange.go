package token

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	zoidc "github.com/zitadel/oidc/v3/pkg/oidc"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
)

// exchangeGrant is token exchange (RFC 8693): a resource server that was called with a
// customer's access token gets one for another resource, to go on for that customer. It
// touches the database by reading only.
type exchangeGrant struct{}

// exchanged is what the token of an exchange takes over from its subject token.
type exchanged struct {
	actor *zoidc.ActorClaims
	sid   string
	until time.Time // the subject token's end, or the rule's
	from  []string  // the jti of the tokens it comes from, the first one first
	rule  string
}

func (exchangeGrant) offered(e *Endpoint) bool { return e.Exchange.offered() }

// check looks at everything but the subject token: whoever may not exchange learns nothing
// about it.
func (exchangeGrant) check(r *request) *oidc.Error {
	if r.client.Public() {
		return oidc.NewError(oidc.UnauthorizedClient, "a client that does not authenticate exchanges nothing")
	}
	for _, rule := range []func(oidc.Form) *oidc.Error{checkSubjectType, checkRequestedType, checkNoActor, checkNoOtherSubject} {
		if err := rule(r.form); err != nil {
			return err
		}
	}
	if r.form.Has("authorization_details") {
		return oidc.NewError(oidc.InvalidAuthorizationDetails, "an exchanged token is for no transaction")
	}
	return nil
}

// checkSubjectType admits access tokens of this provider, by either name that fits one.
func checkSubjectType(f oidc.Form) *oidc.Error {
	switch {
	case !f.Has("subject_token"):
		return oidc.NewError(oidc.InvalidRequest, "subject_token is missing")
	case !f.Has("subject_token_type"):
		return oidc.NewError(oidc.InvalidRequest, "subject_token_type is missing")
	}
	switch zoidc.TokenType(f.Get("subject_token_type")) {
	case zoidc.AccessTokenType, zoidc.JWTTokenType:
		return nil
	}
	return oidc.NewError(oidc.InvalidRequest, "subject_token_type is not one that is exchanged here: only access tokens of this provider are")
}

func checkRequestedType(f oidc.Form) *oidc.Error {
	if asked := f.Get("requested_token_type"); asked != "" && zoidc.TokenType(asked) != zoidc.AccessTokenType {
		return oidc.NewError(oidc.InvalidRequest, "requested_token_type may be that of an access token only")
	}
	return nil
}

// checkNoActor: who acts is the client that authenticates, and nobody else can be named.
func checkNoActor(f oidc.Form) *oidc.Error {
	if f.Has("actor_token") || f.Has("actor_token_type") {
		return oidc.NewError(oidc.InvalidRequest, "actor_token is not accepted: the actor is the client itself")
	}
	return nil
}

// checkNoOtherSubject refuses by name what other servers take for impersonation. There is
// no token without the live token of the customer it is about.
func checkNoOtherSubject(f oidc.Form) *oidc.Error {
	if f.Has("requested_subject") || f.Has("requested_issuer") {
		return oidc.NewError(oidc.InvalidRequest, "no other subject can be asked for")
	}
	return nil
}

func (exchangeGrant) redeem(e *Endpoint, r *request) (issuance, *oidc.Error) {
	rule, err := e.Exchange.rule(r)
	if err != nil {
		return issuance{}, e.reject(r, err)
	}
	subject, failure := e.Exchange.subject(r.ctx(), rule, r.client, r.form.Get("subject_token"))
	if failure != nil {
		return issuance{}, e.exchangeFailed(r, failure)
	}
	if err := e.Exchange.checkBinding(r, rule, subject); err != nil {
		return issuance{}, e.reject(r, err)
	}
	scopes, err := narrow(r.form.Get("scope"), rule.scopesOf(subject.scopes()))
	if err != nil {
		return issuance{}, e.reject(r, err)
	}
	now, grant := e.Now(), subject.state.Grant
	out := issuance{
		subject: subject.state.Subject, scopes: scopes, audience: r.form.List("resource"), grant: &grant, at: now, held: subject.state.HeldUntil,
		exchanged: &exchanged{
			actor: &zoidc.ActorClaims{Subject: ClientSubject + r.client.ID, Actor: subject.Actor}, sid: subject.SessionID,
			until: subject.Expiration.AsTime(), from: append(slices.Clone(subject.From), subject.JWTID), rule: rule.Name,
		},
	}
	if rule.Lifetime > 0 && now.Add(rule.Lifetime).Before(out.exchanged.until) {
		out.exchanged.until = now.Add(rule.Lifetime)
	}
	r.answer.IssuedTokenType = zoidc.AccessTokenType
	return out, nil
}

// rule is the one that leads the client to the target it names, exactly one (RFC 8693 2.1;
// invalid_target 2.2.2). Logical names (audience) are given to no target here.
func (x *Exchange) rule(r *request) (*ExchangeRule, *oidc.Error) {
	rules := x.of(r.client)
	if len(rules) == 0 {
		return nil, oidc.NewError(oidc.UnauthorizedClient, "no rule lets the client exchange tokens")
	}
	asked := r.form.List("resource")
	if len(asked) != 1 || r.form.Has("audience") {
		return nil, oidc.NewError(oidc.InvalidTarget, "name the target by exactly one resource parameter, and by no audience")
	}
	for i := range rules {
		if slices.Contains(rules[i].To, asked[0]) {
			return &rules[i], nil
		}
	}
	return nil, oidc.NewError(oidc.InvalidTarget, "no rule leads the client to this resource")
}

// maxActors bounds how often a request is handed on. Every further hand can do all that
// the customer's token allowed there.
const maxActors = 3

// errNotExchangeable: the token is good, and what it is for ends here.
var errNotExchangeable = errors.New("token: not exchangeable")

// subject verifies the subject token as a resource server would, and that it was meant for
// the client. Every failure but errNotExchangeable is idp.ErrRejected or a dependency's.
func (x *Exchange) subject(ctx context.Context, rule *ExchangeRule, client *idp.Client, presented string) (*accessToken, error) {
	claims, err := x.Verifier.parse(presented)
	if err != nil {
		return nil, err
	}
	if !claims.forResource(rule.meant(client)) {
		return nil, errToken
	}
	t, err := x.Verifier.standing(ctx, claims)
	switch {
	case err != nil:
		return nil, err
	case claims.Expiration.AsTime().Sub(x.Verifier.Now()) < time.Second: // nothing that could still be used
		return nil, fmt.Errorf("%w: %w", errToken, idp.ErrExpired)
	case t.state == nil: // a client's own token is about no customer
		return nil, errToken
	case t.state.SingleUse, len(t.state.Details) > 0, len(claims.Details) > 0, x.Final(t.state.ACR), actors(claims.Actor) >= maxActors:
		return nil, errNotExchangeable
	}
	return t, nil
}

// actors is the length of a chain.
func actors(a *zoidc.ActorClaims) (n int) {
	for ; a != nil; a = a.Actor {
		n++
	}
	return n
}

// exchangeFailed answers for a subject token that is not good enough; why is in the audit
// trail (RFC 8693 2.2.2).
func (e *Endpoint) exchangeFailed(r *request, failure error) *oidc.Error {
	reason := "subject_token"
	answer := oidc.NewError(oidc.InvalidRequest, "the subject token is expired, revoked, malformed or was not meant for the client")
	switch {
	case errors.Is(failure, errNotExchangeable):
		reason = "not_exchangeable"
		answer = oidc.NewError(oidc.InvalidRequest, "the subject token may not be exchanged: it is for one act, or was handed on too often")
	case !errors.Is(failure, idp.ErrRejected):
		return e.trouble(r, failure)
	case errors.Is(failure, idp.ErrRevoked):
		reason = "revoked"
	case errors.Is(failure, idp.ErrExpired):
		reason = "expired"
	}
	e.Audit.Record(r.ctx(), idp.AuditRecord{Event: audit.TokenRejected, Result: audit.Denied, Reason: reason, Actor: audit.ClientApp, ClientID: r.client.ID})
	return answer
}
