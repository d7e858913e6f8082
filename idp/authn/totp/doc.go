// Package totp is the one-time password service by software token (A3, E1 to E4; RFC 6238):
// enrolment with a confirming code, exchange, verification and removal.
//
// It owns the shared secret from its creation to its sealed row: 160 bits from the
// system's generator, sealed under keys.PurposeTOTP, shown only inside the interaction
// that enrols it and only until it is confirmed. A code is accepted in its own 30-second
// step and one to either side, and each step at most once per authenticator: the greatest
// accepted step is moved by one conditional statement in storage, so that of many parallel
// submissions one wins (OT-01, OT-02). ASVS at its highest level asks for one step only;
// the wider window is a recorded deviation for clocks of phones (OT-04).
//
// It refuses to count attempts: callers do that with throttle before they call Verify or
// Confirm, because a lock has to cover every way in.
package totp
