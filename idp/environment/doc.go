// Package environment recognises the browser on the device that an account signed in from
// before (A10): by a cookie whose secret is replaced at each sign-in, and by a few coarse
// signals that say whether the cookie has moved to another machine.
//
// A browser may know several accounts; each has a record and a secret of its own there,
// and neither the cookie nor a record of one account says anything about another. The
// cookie grants nothing: without it, or with a copy of it, a sign-in asks for more and is
// told to the customer, with it nothing but that is spared.
//
// The package refuses to fingerprint. It keeps the browser's family, its platform, the
// network in which it was and the first language it asks for, and of each only the last.
package environment
