// Package mtls knows the TLS certificates of clients (RFC 8705): where a request's
// certificate comes from, and whether it is the one a client is registered with.
//
// A certificate comes from the TLS connection of the listener made for that, or from a
// header that a configured proxy sets (RFC 9440), and from nowhere else: such headers are
// taken off every request, and believed only from a trusted peer. Handlers see what
// Presented returns and never a header.
//
// A certificate proves a client either because the firm's authority issued it for the
// registered subject, or because its very key is registered. It must be valid in time and
// made for client authentication; revocation lists are the firm's proxy's affair.
//
// The package refuses wildcards, the common name in place of a registered subject, and
// authorities as clients. It knows no tokens.
package mtls
