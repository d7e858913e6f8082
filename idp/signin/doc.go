// Package signin serves the pages on which a customer works off an interaction:
// sign-in, step-up, codes, passkey enrolment, consent. Every handler does one thing,
// stores what it proved, and returns to the dispatcher (GET /interaction/{id}), which
// asks authorize.Next what comes next.
//
// It verifies nothing itself (idp/authn does), decides no level (idp/assurance does) and
// writes no words (login-ui does). A post that arrives in the wrong step changes nothing
// and is sent back to the dispatcher (AZ-33).
package signin
