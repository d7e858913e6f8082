// Package idp holds the nouns of an OpenID Provider for securities firms and the
// errors every layer agrees on. It imports the standard library only; every other
// package points inward to it. It decides nothing: levels are decided in
// idp/assurance, the wire in idp/oidc, atomicity in storage.
package idp
