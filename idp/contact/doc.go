// Package contact changes how a customer is reached: the registered mail address, the
// separate security address (B4) and the telephone number.
//
// It owns the order of a change of address: the customer types the current one, of which
// pages show a mask only (B15); the new one answers a code; then it takes the old one's
// place, every earlier address is told and gets a code that undoes the change for a while,
// and the new one is asked to check too (B13, RC-07). Until it has answered an address
// receives nothing but that code and names nobody at sign-in.
//
// An undo needs no session and no password: whoever changed the address may hold both. It
// takes the customer code and the undo code, restores what was before that change and
// every later one, and ends every session.
//
// The package refuses an address the account already has, links in mails, and to call a
// number verified that nobody proved (ID-06): no SMS factor ships (B9).
package contact
