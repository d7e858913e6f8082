// Package settings serves the customer's own pages: the security centre with passkeys,
// authenticator app, password, sessions, connected apps, choice of mails and recent
// activity; the acceptance of an invitation; and the freezing of an account by a stop code.
//
// The pages are protected by the provider's own step-up engine (SU-11): looking needs a
// session, changing an authenticator needs a recent proof at the strongest level the
// account has. A post without it changes nothing and leads to the step-up. Rows of other
// accounts are not found, not forbidden.
package settings
