// Package witness lets relying-party libraries by other hands, in another language, judge
// the provider: they are given the discovery document, client credentials and a customer's
// password, and must reach tokens through the hosted pages and every token endpoint.
//
// The examples of the page at the issuer's root run here as they are shown: in a browser,
// as a Go program and in Node.
//
// The scripts are Node programs on the packages of package-lock.json, installed by
// .ci/setup. Nothing here is part of a running provider.
package witness
