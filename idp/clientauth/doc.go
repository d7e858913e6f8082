// Package clientauth finds out which client makes a request to the token, introspection
// and revocation endpoints, and keeps the clients in memory.
//
// A client has exactly one registered method and proves itself by that one or not at all
// (CA-01): none, client_secret_basic, client_secret_post, private_key_jwt (RFC 6749 2.3,
// RFC 7523, OIDC Core 9), tls_client_auth or self_signed_tls_client_auth (RFC 8705). An unknown client and a wrong secret get the same answer. An
// assertion names the issuer, and only the issuer, as its audience; it is accepted once,
// by any node; its key comes from the client's registration and never from the assertion.
//
// Directory answers look-ups of clients without the database. Nodes learn of changes by
// polling change stamps in the background, so a change is seen everywhere within a
// second; when polling fails, look-ups go to the database again rather than trust what
// may have changed.
//
// The package refuses to guess: two methods in one request, a method other than the
// registered one, and an assertion any part of which could be read in two ways. It issues
// nothing and knows no grants.
package clientauth
