// Package session owns the SSO session of a browser at the provider: reading it from
// its cookie, starting it, giving it a new secret whenever its level changes, ending it.
//
// The cookie is a 256-bit secret of which only the hash is stored; a value the server
// did not issue is never adopted (SE-15). The package knows nothing of levels: it keeps
// the events from which idp/assurance computes them.
package session
