package main

import (
	"context"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/oidc"
	"sekisho/storage"
)

const demoTerminal = "aoba-lobby"

// seedTerminal registers the terminal in the sample brokerage's lobby, a machine without a
// keyboard and without a secret.
func seedTerminal(ctx context.Context, c *config.Config, store *storage.Store) error {
	m, err := checkMetadata(c, idp.ClientMetadata{
		ClientName: "Aoba Lobby Terminal", ClientNameJA: "青葉証券 店頭端末", TokenEndpointAuthMethod: idp.AuthNone,
		GrantTypes: []string{oidc.GrantDeviceCode}, Scope: "openid profile", ClientProfile: idp.ProfileOAuth21, FirstParty: true,
	})
	if err == nil {
		_, err = seedClient(ctx, store, demoTerminal, m)
	}
	return err
}
