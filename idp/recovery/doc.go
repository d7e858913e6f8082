// Package recovery owns the pages below /recover, where a customer who cannot sign in
// regains the account by two independent proofs in one browser: a code mailed to a
// verified address, and a recovery code, the authenticator app or a passkey (RC-03).
//
// It promises that the first answers are the same for every name typed (RC-01); that
// nothing about the account changes before both proofs are given, except that a lost
// device can be stopped after the first (RC-11); that completing signs nobody in, ends
// every session and grant, tells every verified address (RC-04) and begins the hold on
// withdrawals (RC-12); and that no GET changes anything (RC-06).
//
// It refuses to send links, to ask questions about the person, and to recover accounts of
// corporate customers (A8).
package recovery
