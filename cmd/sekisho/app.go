package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/storage"
)

// version is set by the linker.
var version = "dev"

// app is what every command shares.
type app struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	configPath     string
	json           bool
}

// usageError is a call that could never have worked, as opposed to one that failed.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use: "sekisho", Short: "OpenID Provider for securities firms: passkey-first sign-in, honest assurance levels, step-up",
		Version: version, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("unknown command %q; see sekisho --help", args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("%v", err) })
	root.PersistentFlags().StringVar(&a.configPath, "config", a.env("SEKISHO_CONFIG"), "configuration file (YAML); the environment variable SEKISHO_CONFIG names it too")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "machine-readable output")
	root.AddCommand(a.demoCommand(), a.serveCommand(), a.migrateCommand(), a.keysCommand(), a.clientCommand(), a.accountCommand(), a.auditCommand(), a.configCommand())
	return root
}

func (a *app) env(name string) string {
	for _, e := range a.environ {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}

// load reads the configuration; its error lists every mistake with its place.
func (a *app) load() (*config.Config, error) { return config.Load(a.configPath, a.environ) }

// logger writes to standard error, so that standard output stays machine-readable.
func (a *app) logger(c config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(a.stderr, opts))
	}
	return slog.New(slog.NewJSONHandler(a.stderr, opts))
}

// open connects to the configured database. A schema that is not the program's own is
// said as such, not as a missing table.
func (a *app) open(ctx context.Context, c *config.Config) (*storage.Store, error) {
	store, err := storage.Open(ctx, storage.Options{URL: c.Database.URL, MaxConns: c.Database.MaxConns, Logger: a.logger(c.Log)})
	if errors.Is(err, idp.ErrUnavailable) {
		return nil, fmt.Errorf("database.url: the database does not answer: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("database.url: %w", err)
	}
	return store, nil
}

// withStore runs f on the configured, migrated database.
func (a *app) withStore(ctx context.Context, f func(*config.Config, *storage.Store) error) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	store, err := a.open(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := requireMigrated(ctx, store); err != nil {
		return err
	}
	return f(c, store)
}

func requireMigrated(ctx context.Context, store *storage.Store) error {
	list, err := store.MigrationStatus(ctx)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.AppliedAt.IsZero() {
			return fmt.Errorf("the database schema is not current (%s is missing); run: sekisho migrate", m.Name)
		}
	}
	return nil
}

func (a *app) vault(c *config.Config) (*keys.Vault, error) {
	if c.KEK.Secret.Empty() {
		return nil, usage("kek: no key-encryption keyset; make one with: sekisho keys kek, and name it in kek.file or the variable %s", c.KEK.Env)
	}
	v, err := keys.OpenVault(c.KEK.Secret.Reveal())
	if err != nil {
		return nil, fmt.Errorf("kek: %w", err)
	}
	return v, nil
}

// print writes v as JSON with --json, else the table of rows.
func (a *app) print(v any, rows [][]string) error {
	if a.json {
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// operator is the audit record of something done on the command line.
func operator(event string, detail map[string]string) idp.AuditRecord {
	return idp.AuditRecord{At: time.Now().UTC(), Event: event, Result: "ok", Actor: "operator", Detail: detail}
}
