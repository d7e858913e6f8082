// Package emailcode sends one-time codes by mail and checks them: the weakest second
// factor, and the additional check before a passkey is added (D3).
//
// It owns the code: uniform digits from the system's generator, stored only as a MAC that
// binds it to account, flow, purpose and address, valid ten minutes, void as soon as a
// newer one is sent or a handful of wrong ones was typed. Attempts are counted before the
// comparison and a resend does not give new ones (OT-07 to OT-09). The plain code leaves
// the package once, into the composer of the mail, whose message is queued in the very
// transaction that stores the code.
//
// It refuses to send anywhere but to an address the account has verified, to say whether
// an address exists, and to give the method any strength: that is idp/assurance (OT-10).
package emailcode
