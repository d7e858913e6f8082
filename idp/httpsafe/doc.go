// Package httpsafe is the ground every route of the provider stands on: request ids,
// recovery, security headers, the client's address behind proxies, the Host check,
// method tables, limits, CSRF, cookies, CORS, the access log, and the servers
// themselves. It knows HTTP and nothing of OpenID, accounts or pages; whoever wires it
// injects how an error looks. It refuses early and with the same answer every time.
package httpsafe
