// Package transaction asks for, sets and changes the transaction password (取引パスワード):
// a second secret beside the login password that some operations want (A2, B5, B12, D7).
//
// It joins the hashes and rules of idp/authn/password with a lock of its own: wrong ones
// shut neither the login password nor a passkey, and the other way round (A7). Each guess
// is counted before it is looked at, whether it was made for an operation or at a change.
//
// A transaction password of four digits from earlier days is taken where the firm's policy
// says so, and the customer is told to change it. New ones follow the policy.
//
// The package refuses to say that anybody is signed in: what it verifies becomes an event
// that earns no level. Who may set a first one, and which interaction a proof belongs to,
// is for its callers.
package transaction
