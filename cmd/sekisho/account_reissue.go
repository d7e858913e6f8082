package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/letter"
	"sekisho/storage"
)

// accountReissue orders a letter for a customer on the telephone or at the counter.
func (a *app) accountReissue() *cobra.Command {
	var kind, reason string
	var identity []string
	cmd := &cobra.Command{
		Use: "reissue ACCOUNT", Short: "Send a temporary password to the registered address, for the one the customer forgot", Args: takes("ACCOUNT"),
		Long: "Queues a letter with a temporary password, which the customer must change at first use; until then the present one works. " +
			"Nobody at the desk sees it. The customer's mail addresses are told, with a code that stops the letter.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if kind != string(idp.LoginPassword) && kind != string(idp.TransactionPassword) {
				return usage("--password %q: write login or transaction", kind)
			}
			if reason == "" {
				return usage("--reason is missing: say why, for the audit trail")
			}
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				if err := checkIdentity(c, identity); err != nil {
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
				l, err := p.Letters().Issue(cmd.Context(), letter.Order{
					Account: account, Kinds: []idp.PasswordKind{idp.PasswordKind(kind)}, Origin: idp.LetterFromDesk, Actor: audit.Operator, Reason: reason, Identity: identity,
				})
				if err != nil {
					return letterTrouble(err, args[0])
				}
				return a.print(viewLetter(*l), [][]string{{"letter", l.ID}, {"due", l.DueOn}, {"passwords", l.Kinds}})
			})
		},
	}
	cmd.Flags().StringVar(&kind, "password", "", "the forgotten one: login or transaction")
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a few words")
	cmd.Flags().StringSliceVar(&identity, "identity", nil, "kinds of identity documents that were checked (identity.documents)")
	return cmd
}

// letterTrouble says what stands against a letter and what the desk can do.
func letterTrouble(err error, name string) error {
	switch {
	case errors.Is(err, letter.ErrNoAddress):
		return fmt.Errorf("account %q has no registered postal address with a postal code; register it first", name)
	case errors.Is(err, letter.ErrNoPassword):
		return fmt.Errorf("account %q has no transaction password; the customer sets a first one after signing in", name)
	case errors.Is(err, idp.ErrLocked):
		return fmt.Errorf("account %q is not active: open it first, or invite the customer", name)
	}
	return naming(err, "account", name)
}
