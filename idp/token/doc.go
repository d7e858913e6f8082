// Package token issues tokens and answers questions about them: the token, introspection,
// revocation and userinfo endpoints.
//
// Every token request runs through one numbered list of phases (see phases) that all
// grants share; a grant adds two steps of its own, a check of its parameters and one
// atomic act of the database. A rule is a small function in a file named after it.
//
// Access tokens are JWTs (RFC 9068) that a resource server verifies by itself; they carry
// how and when the customer authenticated, as it was when the grant was made, and
// refreshing never renews that (RT-07). Refresh tokens rotate for public and oauth21
// clients and stay the same for the rest (RT-03).
//
// Tokens are bound to a key where the request proves one: a DPoP key (RFC 9449) or a
// client certificate (RFC 8705). Clients registered for one of the two, and all fapi2
// clients, get no token without (TK-11).
//
// A token exchanged for another (RFC 8693) rests on the same grant and is never wider, never
// longer and never less bound than that one; the firm's rules say who may exchange.
//
// The package refuses: a bound token from anybody who does not hold its key; an ID token
// or refresh token where an access token is expected; wider scopes, resources or claims than were granted. It knows no pages and
// reaches storage through the small interfaces beside their use.
package token
