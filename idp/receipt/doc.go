// Package receipt is the proof of an approved transaction that others can check without the
// provider: a signed JWT (typ sekisho-receipt+jwt) with the transaction, the time, the level,
// and the authenticator's own signature over what was shown. It owns the form of a receipt
// and its verification, which needs nothing but the published key set.
//
// With a passkey two signatures must agree: the provider's over everything, and the
// customer's authenticator's over transaction, client, customer and time. Not even the
// provider can exchange an amount afterwards. With other methods there is the provider's
// alone, and a verified receipt says so.
package receipt
