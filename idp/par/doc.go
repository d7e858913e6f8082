// Package par owns the pushed authorization request endpoint (RFC 9126), POST /par, and
// finds what was pushed there for the authorization endpoint.
//
// A client proves who it is before anything of its request is read, and everything that can
// be checked without the customer is checked here, so that what the browser carries is a
// random name and nothing that can be changed. It refuses clients that cannot prove who they
// are, and more requests than a client may have open.
package par
