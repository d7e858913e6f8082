// Package freeze owns the stop code: what every mail about a sign-in carries, so that a
// customer who did not sign in can freeze the account with nothing else at hand (B1).
//
// A stop code can do one thing, once. It is 80 random bits, kept as keyed MACs bound to its
// account and to the session of its sign-in, and dies after a time the firm sets. Using it
// locks the account, ends every session and grant, and takes authenticators and addresses
// added since that sign-in out of use until the desk decides.
//
// The package refuses to unlock anything, and to say whether an account exists: unknown
// account, wrong, used and expired code are one answer after the same work.
package freeze
