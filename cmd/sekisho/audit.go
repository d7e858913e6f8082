package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp/keys"
	"sekisho/storage"
)

func (a *app) auditCommand() *cobra.Command {
	return group("audit", "The audit trail", a.auditList(), a.auditVerify())
}

// mostAudit is how many records one call may list.
const mostAudit = 1000

func (a *app) auditList() *cobra.Command {
	var f storage.AuditFilter
	var since time.Duration
	cmd := &cobra.Command{
		Use: "list", Short: "Who did what when, oldest first", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.Limit < 1 || f.Limit > mostAudit {
				return usage("--limit %d: write 1 to %d, and go on with --after", f.Limit, mostAudit)
			}
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				if since > 0 {
					f.Since = time.Now().Add(-since)
				}
				if f.AccountID != "" {
					account, err := find(cmd.Context(), store, f.AccountID)
					if err != nil {
						return err
					}
					f.AccountID = account.ID
				}
				list, err := store.AuditRecords(cmd.Context(), f)
				if err != nil {
					return err
				}
				rows := [][]string{{"ID", "AT", "EVENT", "RESULT", "REASON", "ACTOR", "ACCOUNT", "CLIENT", "IP", "REQUEST"}}
				for _, r := range list {
					rows = append(rows, []string{fmt.Sprint(r.ID), when(r.At), r.Event, r.Result, r.Reason, r.Actor, r.AccountID, r.ClientID, r.IP, r.RequestID})
				}
				return a.print(viewAudit(list), rows)
			})
		},
	}
	cmd.Flags().StringVar(&f.AccountID, "account", "", "only this account (id, sub or login name)")
	cmd.Flags().StringVar(&f.ClientID, "client", "", "only this client")
	cmd.Flags().StringVar(&f.Event, "event", "", "only this event")
	cmd.Flags().Int64Var(&f.After, "after", 0, "only records after this id")
	cmd.Flags().DurationVar(&since, "since", 0, "only records of the last, e.g. 24h")
	cmd.Flags().IntVar(&f.Limit, "limit", 200, "at most this many (1000)")
	return cmd
}

func (a *app) auditVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Prove that no sealed record was edited, deleted, inserted or reordered", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				vault, err := a.vaultOf(cmd.Context(), c, store)
				if err != nil {
					return err
				}
				verdict, err := store.VerifyAuditWith(cmd.Context(), func(message, mac []byte) bool { return vault.VerifyMAC(keys.PurposeAudit, mac, message) })
				if err != nil {
					return err
				}
				rows := [][]string{{"records", fmt.Sprint(verdict.Records)}, {"seals", fmt.Sprint(verdict.Seals)}, {"not sealed yet", fmt.Sprint(verdict.Unsealed)}}
				for _, p := range verdict.Problems {
					rows = append(rows, []string{"broken", fmt.Sprintf("%s: seal %d, record %d", p.Finding, p.SealID, p.RecordID)})
				}
				if err := a.print(viewVerdict(verdict), rows); err != nil {
					return err
				}
				if len(verdict.Problems) > 0 {
					return fmt.Errorf("the audit trail was tampered with: %d problems", len(verdict.Problems))
				}
				return nil
			})
		},
	}
}
