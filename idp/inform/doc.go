// Package inform owns the API by which a relying party has the provider tell a customer
// something on the addresses the provider has verified: POST
// /notifications/withdrawal-requested (B16). See idp/spec/NOTIFICATIONS.md.
//
// It refuses words: a request holds an amount, a currency, the last digits of a masked
// account and a time, each checked character by character and written by the provider, so
// that nothing a relying party sends can be a message of its own to a customer (OT-13).
package inform
