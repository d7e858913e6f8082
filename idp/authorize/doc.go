// Package authorize owns the authorization endpoint and the interaction: one
// authorization request (or one visit to the provider's own pages) being worked off
// in one browser.
//
// What comes next is decided in one place, Next, a pure function of what is asked,
// what has been proved, the session, the client, policy and now. Every handler
// returns to it; none calls another step. The package writes no page and checks no
// credential: idp/signin renders, idp/authn verifies.
package authorize
