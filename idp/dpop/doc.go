// Package dpop checks DPoP proofs (RFC 9449): that whoever sends a request holds the
// private key that a token is, or will be, bound to.
//
// A proof passes a list of small rules, each in a file named for it: one header, the type
// dpop+jwt, an algorithm of FAPI 2.0, a public key and nothing private, the signature, the
// method, the address, the time, the token's hash, the nonce. The address is compared with
// the provider's own configured origins; what the request says of itself (Host, Forwarded)
// is not asked. Using the proof up comes last, in the database, so that one proof serves
// once on all nodes.
//
// Server-provided nonces are stateless: a window of time under a MAC that every node can
// make and check.
//
// The package refuses to remember what strangers choose: a jti is bounded and only its
// hash is kept, until the proof would be too old anyway. It knows no tokens and no clients.
package dpop
