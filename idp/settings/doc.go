// Package settings serves the customer's own pages: the security centre with passkeys,
// authenticator app, password, sessions and connected apps, and the acceptance of an
// invitation.
//
// The pages are protected by the provider's own step-up engine (SU-11): looking needs a
// session, changing an authenticator needs a recent proof at the strongest level the
// account has. A post without it changes nothing and leads to the step-up. Rows of other
// accounts are not found, not forbidden.
package settings
