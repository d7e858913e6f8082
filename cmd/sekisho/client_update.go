package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/storage"
)

// clientChange is what an update was asked for.
type clientChange struct {
	metadataFlags
	disable, enable, newSecret bool
}

func (a *app) clientUpdate() *cobra.Command {
	var ch clientChange
	cmd := &cobra.Command{
		Use: "update CLIENT_ID", Short: "Change a client's metadata, disable or enable it, or give it a new secret", Args: takes("CLIENT_ID"),
		Long: "Flags change the members they name and leave the others. A file replaces all of the metadata; flags beside it are applied on top. Running nodes follow within seconds.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if ch.enable && ch.disable {
				return usage("--enable and --disable exclude each other")
			}
			if cmd.Flags().NFlag() == 0 {
				return usage("nothing to change; see %s --help", cmd.CommandPath())
			}
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				client, err := store.Client(cmd.Context(), args[0])
				if err != nil {
					return naming(err, "client", args[0])
				}
				if ch.file != "" {
					if client.Metadata, err = ch.read(a.stdin); err != nil {
						return err
					}
				}
				ch.apply(&client.Metadata, cmd.Flags())
				return a.updateClient(cmd.Context(), c, store, client, ch)
			})
		},
	}
	ch.register(cmd)
	cmd.Flags().BoolVar(&ch.disable, "disable", false, "refuse every request of the client from now on")
	cmd.Flags().BoolVar(&ch.enable, "enable", false, "undo --disable")
	cmd.Flags().BoolVar(&ch.newSecret, "new-secret", false, "replace the client secret; the old one stops working")
	return cmd
}

// updateClient stores the client with its new metadata.
func (a *app) updateClient(ctx context.Context, c *config.Config, store *storage.Store, client *idp.Client, ch clientChange) (err error) {
	if client.Metadata, err = checkMetadata(c, client.Metadata); err != nil {
		return err
	}
	client.Disabled = (client.Disabled || ch.disable) && !ch.enable
	if ch.newSecret {
		client.SecretHash = nil
	}
	secret := fitSecret(client)
	if ch.newSecret && secret == "" {
		return usage("--new-secret: client %q has no secret, its token_endpoint_auth_method is %s", client.ID, client.Metadata.TokenEndpointAuthMethod)
	}
	rec := operator(audit.ClientUpdated, map[string]string{"new_secret": fmt.Sprint(secret != ""), "disabled": fmt.Sprint(client.Disabled)})
	rec.ClientID = client.ID
	if err := store.UpdateClient(ctx, client, idp.Effects{Audit: []idp.AuditRecord{rec}}); err != nil {
		return naming(err, "client", client.ID)
	}
	view := viewClient(client)
	view.Secret = secret
	return a.print(view, withSecret([][]string{{"updated", client.ID}}, secret))
}

// withSecret adds a new secret to a table.
func withSecret(rows [][]string, secret string) [][]string {
	if secret == "" {
		return rows
	}
	return append(rows, []string{"client_secret", secret}, []string{"", "(shown once; only its hash is kept)"})
}
