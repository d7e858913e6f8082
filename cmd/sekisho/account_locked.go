package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/storage"
)

// suspendedView is an authenticator that waits for the desk's decision.
type suspendedView struct {
	ID        string                `json:"id"`
	Kind      idp.AuthenticatorKind `json:"kind"`
	Name      string                `json:"name,omitempty"` // addresses masked
	Added     time.Time             `json:"added_at"`
	Suspended time.Time             `json:"suspended_at"`
	Reason    string                `json:"reason"`
}

func viewSuspended(ctx context.Context, store *storage.Store, accountID string) ([]suspendedView, error) {
	list, err := store.SuspendedAuthenticators(ctx, accountID)
	var out []suspendedView
	for _, s := range list {
		name := s.Name
		if s.Kind == idp.SuspendedEmail {
			name = identifier.MaskEmail(name)
		}
		out = append(out, suspendedView{s.ID, s.Kind, name, s.AddedAt, s.SuspendedAt, s.Reason})
	}
	return out, err
}

// lockedRows says why and since when an account is locked, and what is suspended.
func lockedRows(v accountView) [][]string {
	var rows [][]string
	if !v.LockedAt.IsZero() {
		rows = append(rows, []string{"locked", when(v.LockedAt) + " (" + v.LockReason + ")"})
	}
	for _, s := range v.Suspended {
		rows = append(rows, []string{"suspended", fmt.Sprintf("%s %s %s, added %s", s.ID, s.Kind, s.Name, when(s.Added))})
	}
	return rows
}

func (a *app) accountRestore() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "restore-authenticators ACCOUNT [SUSPENSION…]", Short: "Put suspended authenticators and addresses back into use",
		Long: "Puts back what the customer's own freeze suspended, by the ids that account show lists, or with --all everything. " +
			"Do so only for what the customer, properly identified, says is theirs. What was replaced meanwhile stays suspended.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 1) {
				return usage("name the suspensions to lift, or write --all")
			}
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				account, err := find(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				return a.restore(cmd.Context(), store, account, args[1:], all)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "everything that is suspended")
	return cmd
}

func (a *app) restore(ctx context.Context, store *storage.Store, account *idp.Account, ids []string, all bool) error {
	if all {
		list, err := store.SuspendedAuthenticators(ctx, account.ID)
		if err != nil {
			return err
		}
		for _, s := range list {
			ids = append(ids, s.ID)
		}
	}
	restored, err := store.RestoreAuthenticators(ctx, account.ID, ids, func(kind idp.AuthenticatorKind, id string) idp.AuditRecord {
		rec := operator(audit.AuthenticatorRestored, map[string]string{"kind": string(kind), "suspension": id})
		rec.AccountID = account.ID
		return rec
	})
	if err != nil {
		return naming(err, "suspension of account", account.LoginName)
	}
	left, err := viewSuspended(ctx, store, account.ID)
	if err != nil {
		return err
	}
	view := struct {
		Restored  []string        `json:"restored"`
		Suspended []suspendedView `json:"suspended,omitempty"`
	}{append([]string{}, restored...), left}
	rows := [][]string{{"restored", fmt.Sprint(len(restored))}}
	return a.print(view, append(rows, lockedRows(accountView{Suspended: left})...))
}
