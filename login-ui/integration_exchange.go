package loginui

import "strings"

// ExampleTarget is the resource that the example of token exchange asks for.
const ExampleTarget = "https://settlement.example"

// ExchangeExample is a resource server that exchanges a customer's token (RFC 8693), for
// providers that offer it.
func ExchangeExample(issuer string) (Example, error) {
	code, err := exampleFiles.ReadFile("examples/token-exchange.txt")
	return Example{
		Name: "Node.js — openid-client: token exchange (RFC 8693)",
		Code: strings.TrimSpace(strings.ReplaceAll(string(code), exampleIssuer, issuer)),
	}, err
}
