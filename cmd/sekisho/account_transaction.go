package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/provider"
	"sekisho/storage"
)

// accountClearTransaction is for a customer who forgot the transaction password or whose
// wrong ones stopped it for good.
func (a *app) accountClearTransaction() *cobra.Command {
	return &cobra.Command{
		Use: "clear-transaction-password ACCOUNT", Short: "Remove a forgotten or stopped transaction password", Args: takes("ACCOUNT"),
		Long: "Removes the transaction password and its lock and tells the customer by mail. The customer then chooses a new one after the strongest check the account has. No operator ever sets or sees one. Check who is asking first.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return a.withStore(ctx, func(c *config.Config, store *storage.Store) error {
				account, err := find(ctx, store, args[0])
				if err != nil {
					return err
				}
				if _, err := a.vaultOf(ctx, c, store); err != nil {
					return err
				}
				p, err := provider.New(ctx, provider.Options{Config: c, Store: store, Log: a.logger(c.Log), Sender: queueOnly{}})
				if err != nil {
					return err
				}
				err = p.ClearTransactionPassword(ctx, account)
				if errors.Is(err, idp.ErrNotFound) {
					return fmt.Errorf("account %q has no transaction password", args[0])
				}
				if err != nil {
					return err
				}
				return a.print(map[string]string{"cleared": account.ID}, [][]string{{"cleared", account.LoginName}})
			})
		},
	}
}
