// Package logout is RP-Initiated Logout 1.0: whether a request ends the session at once,
// asks the customer first, or does neither, and where the browser goes then. The
// decision is a pure function; the handler reads the request, asks for the confirmation,
// ends the session and answers.
//
// It refuses to end a session because of a link alone: either the relying party proves
// with a genuine ID token of this very session that it is a party to it, or the customer
// confirms on a page of the provider. It redirects to registered addresses only.
package logout
