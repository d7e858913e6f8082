package main

import (
	"github.com/spf13/cobra"
)

func (a *app) migrateCommand() *cobra.Command {
	var status bool
	cmd := &cobra.Command{
		Use: "migrate", Short: "Bring the database schema up to date", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			store, err := a.open(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer store.Close()
			if !status {
				if err := store.Migrate(cmd.Context()); err != nil {
					return err
				}
			}
			list, err := store.MigrationStatus(cmd.Context())
			if err != nil {
				return err
			}
			rows := [][]string{{"MIGRATION", "APPLIED"}}
			for _, m := range list {
				applied := "no"
				if !m.AppliedAt.IsZero() {
					applied = "yes"
				}
				rows = append(rows, []string{m.Name, applied})
			}
			return a.print(viewMigrations(list), rows)
		},
	}
	cmd.Flags().BoolVar(&status, "status", false, "say what would be done and do nothing")
	return cmd
}

func (a *app) configCommand() *cobra.Command {
	return group("config", "The configuration", a.configExplainCommand(), &cobra.Command{
		Use: "check", Short: "Name every mistake in the configuration with its place", Args: takes(),
		Long: "Reads the configuration as serve would, the files it names included, and opens nothing else: neither a listener nor the database.",
		RunE: func(*cobra.Command, []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			if !c.KEK.Secret.Empty() {
				if _, err := a.vault(c); err != nil {
					return err
				}
			}
			if c.Listen.TLS.Enabled() {
				if _, err := serverTLS(c.Listen.TLS, a.logger(c.Log)); err != nil {
					return err
				}
			}
			return a.print(map[string]string{"issuer": c.Issuer, "mode": c.Mode, "result": "ok"}, [][]string{{"ok: " + c.Issuer + " (" + c.Mode + ")"}})
		},
	})
}
