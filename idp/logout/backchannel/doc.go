// Package backchannel is OIDC Back-Channel Logout 1.0: it tells the relying parties of a
// session that the session is over, from server to server.
//
// What is to be told was written by storage in the transaction that ended the session,
// whatever ended it, and is worked off here: in parallel but bounded, with a share of it
// for every client, so that neither the customer nor another relying party waits for one
// that does not answer. A relying party that is down is asked again for a day; one that
// answers no is not. The outcome is in the audit trail.
//
// It refuses to follow redirects and to visit addresses that are not public, which is the
// fetcher's doing.
package backchannel
