package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/storage"
)

// accountSettleLost is for a customer who reported a device lost and has nothing left to
// prove it with online.
func (a *app) accountSettleLost() *cobra.Command {
	var found, gone bool
	var desk deskFlags
	cmd := &cobra.Command{
		Use: "settle-lost ACCOUNT", Short: "Take away, or put back into use, what the customer reported lost", Args: takes("ACCOUNT"),
		Long: "Passkeys and the authenticator app that were reported lost stay suspended until a recovery is completed. For a customer who cannot complete one, " +
			"--gone removes them, with the mails of any removal, so that others can be added; --found puts them back into use. Check who is asking first.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if found == gone {
				return usage("write --gone or --found")
			}
			if desk.Because == "" {
				return usage("--reason is missing: say why, for the audit trail")
			}
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				if err := desk.check(c); err != nil {
					return err
				}
				account, err := find(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				p, err := a.provider(cmd.Context(), c, store)
				if err != nil {
					return err
				}
				n, err := p.SettleLost(cmd.Context(), account, gone, desk.Desk)
				if errors.Is(err, idp.ErrNotFound) {
					return fmt.Errorf("account %q has reported nothing lost", args[0])
				}
				if err != nil {
					return err
				}
				did := "restored"
				if gone {
					did = "removed"
				}
				return a.print(map[string]any{"account": account.ID, did: n}, [][]string{{did, fmt.Sprint(n), account.LoginName}})
			})
		},
	}
	cmd.Flags().BoolVar(&found, "found", false, "the device was found: put back into use")
	cmd.Flags().BoolVar(&gone, "gone", false, "the device stays lost: remove")
	desk.register(cmd)
	return cmd
}
