package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/provider"
	"sekisho/storage"
)

// accountUnlock opens a frozen account, or lifts the locks of authenticators.
func (a *app) accountUnlock() *cobra.Command {
	var authenticators []string
	var desk deskFlags
	cmd := a.accountStatus("unlock", idp.AccountActive, audit.AccountUnlocked, "Let a frozen account be used again, or lift the lock of an authenticator")
	frozen := cmd.RunE
	cmd.Long = "Without --authenticator a frozen account is opened again. With it the locks that wrong tries put on the named authenticators are lifted (" +
		strings.Join(provider.Lockable(), ", ") + "), which takes the kinds of identity documents that were checked. " +
		"security_answer is the answer to the security question, personal_data the birth date and postal code asked for on a new device."
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(authenticators) == 0 {
			if len(desk.Identity) > 0 {
				return usage("--identity goes with --authenticator")
			}
			return frozen(cmd, args)
		}
		for _, name := range authenticators {
			if !slices.Contains(provider.Lockable(), name) {
				return usage("--authenticator %q: write one of %s", name, strings.Join(provider.Lockable(), ", "))
			}
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
			lifted, err := p.UnlockAuthenticators(cmd.Context(), account, authenticators, desk.Desk)
			if err != nil {
				return err
			}
			return a.print(map[string]any{"unlocked": account.ID, "authenticators": authenticators, "identity": desk.Identity, "operator": desk.Operator, "lifted": lifted},
				[][]string{{"unlocked", account.LoginName, strings.Join(authenticators, " ")}})
		})
	}
	cmd.Flags().StringSliceVar(&authenticators, "authenticator", nil, "authenticators whose locks are lifted")
	desk.register(cmd)
	return cmd
}

// checkIdentity demands at least one kind of document, and only kinds the firm accepts.
func checkIdentity(c *config.Config, identity []string) error {
	known := strings.Join(c.Identity.Documents, ", ")
	if len(identity) == 0 {
		return usage("--identity is missing: check who is asking, and name the documents you looked at (%s)", known)
	}
	for _, kind := range identity {
		if !slices.Contains(c.Identity.Documents, kind) {
			return usage("--identity %q: write one or more of %s", kind, known)
		}
	}
	return nil
}

// provider is one that queues mails for a running one to send. Its keyset is proved to be
// the database's own.
func (a *app) provider(ctx context.Context, c *config.Config, store *storage.Store) (*provider.Provider, error) {
	if _, err := a.vaultOf(ctx, c, store); err != nil {
		return nil, err
	}
	return provider.New(ctx, provider.Options{Config: c, Store: store, Log: a.logger(c.Log), Sender: queueOnly{}})
}
