// Package throttle decides whether an attempt at guessing a secret, or a request to send
// or store something, may go ahead. It owns the names of the counters and the policy over
// them; storage owns their atomicity, so that nodes share them and restarts keep them.
//
// Guessing is counted before the secret is looked at, on three keys:
//
//   - the authenticator of one account, with a growing lock after consecutive failures and
//     a hard cap that only the desk or a rebinding lifts. A login name nobody has is
//     counted on a key made from its MAC and locks the same way (PW-08, PW-09);
//   - the network address it came from, as a rate, so that one address cannot walk over
//     many accounts, while many customers behind one address are not a lockout (B2, PW-11);
//   - all failures of the provider together. Past the firm's limit an alarm stands for a
//     while, during which every network gets only the small allowance a person needs.
//
// Addresses come from the connection as the proxy policy resolved it (httpsafe), never
// from a header read here.
//
// The package refuses to lock accounts: a lock is always of one Factor, and passkeys have
// none, so nobody can be locked out by a stranger's guesses (PW-10).
package throttle
