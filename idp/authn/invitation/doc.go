// Package invitation opens an account that has no authenticator yet, by a code sent to
// the customer. The code is 80 random bits, stored as a keyed MAC bound to its row and
// account, used once, void after a few wrong tries or when a newer one is issued.
//
// It refuses to say whether an account exists: a wrong customer code and a wrong
// invitation code are one answer, after the same work (RC-09).
package invitation
