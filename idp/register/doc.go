// Package register owns the registration endpoint, where clients register themselves (RFC
// 7591, OpenID Connect Dynamic Client Registration 1.0), and the client configuration
// endpoint, where each manages its registration (RFC 7592):
//
//	POST   /register
//	GET    /register/{client_id}
//	PUT    /register/{client_id}
//	DELETE /register/{client_id}
//
// A registration is checked by the very rules that an operator's is. What an operator alone
// may decide (the sekisho_ members) a client cannot say: those members are not known here,
// and members that are not known are ignored, as RFC 7591 section 2 wants it. The policy
// fills them in. Neither can it give itself authorization_details_types, nor by an update more
// scopes than its initial access token allowed.
//
// Tokens and client secrets have 256 bits, are returned once and stored as hashes. A
// registration access token is replaced at every change.
package register
