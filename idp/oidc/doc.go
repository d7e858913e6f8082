// Package oidc is the wire of the provider: it parses and checks authorization
// requests, protocol forms and client metadata, holds the protocol's errors as values,
// and writes authorization responses, JSON errors and the discovery document, each in
// one place. Every rule is a small function in a file named after it; an endpoint is a
// list of rules.
//
// It refuses what it does not fully understand, never puts what a request said into
// what it answers (except state), and redirects nowhere before the client and its
// redirect URI are certain. It knows nothing of storage, sessions or pages.
package oidc
