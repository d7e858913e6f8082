package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/storage"
)

func (a *app) accountRelease() *cobra.Command {
	return &cobra.Command{
		Use: "release ACCOUNT", Short: "End the hold on withdrawals that follows a recovery, once the desk knows who it was", Args: takes("ACCOUNT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				account, err := find(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				rec := operator(audit.RecoveryHoldEnded, nil)
				rec.AccountID = account.ID
				err = store.EndHold(cmd.Context(), account.ID, time.Now(), idp.Effects{Audit: []idp.AuditRecord{rec}})
				if errors.Is(err, idp.ErrNotFound) {
					return fmt.Errorf("account %q is not held after a recovery", args[0])
				}
				if err != nil {
					return naming(err, "account", args[0])
				}
				return a.print(map[string]string{"released": account.ID}, [][]string{{"released", account.LoginName}})
			})
		},
	}
}
