package main

import (
	"context"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/oidc"
	"sekisho/storage"
)

// demoAPI is the brokerage's API as a client of its own: it uses approvals up, and hands
// orders on to settlement.
const demoAPI = "aoba-api"

func demoSettlement(base string) string { return base + "/settlement" }

// demoExchange is the demo's rule of token exchange.
func demoExchange(base string) map[string]config.Exchange {
	return map[string]config.Exchange{"settlement": {Client: demoAPI, From: []string{demoResource(base)}, To: []string{demoSettlement(base)}}}
}

// seedAPI registers the API, with a new secret at every start.
func seedAPI(ctx context.Context, c *config.Config, store *storage.Store, base string) (secret string, err error) {
	m, err := checkMetadata(c, idp.ClientMetadata{
		ClientName: "Aoba Trade API", ClientNameJA: "青葉トレード API", TokenEndpointAuthMethod: idp.AuthClientSecretBasic,
		GrantTypes: []string{oidc.GrantTokenExchange}, ResourceServer: []string{demoResource(base)}, ClientProfile: idp.ProfileOAuth21,
	})
	if err != nil {
		return "", err
	}
	return seedClient(ctx, store, demoAPI, m)
}
