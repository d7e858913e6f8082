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
	"sekisho/idp/httpsafe"
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
	called         bool // the command line was understood and a command runs
}

// usageError is a call that could never have worked, as opposed to one that failed.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func (a *app) rootCommand() *cobra.Command {
	root := group("sekisho", "OpenID Provider for securities firms: passkey-first sign-in, honest assurance levels, step-up",
		a.demoCommand(), a.serveCommand(), a.migrateCommand(), a.keysCommand(), a.clientCommand(), a.accountCommand(), a.letterCommand(), a.auditCommand(), a.operationCommand(), a.receiptCommand(), a.configCommand())
	root.Version, root.SilenceUsage, root.SilenceErrors = version, true, true
	root.PersistentPreRun = func(*cobra.Command, []string) { a.called = true }
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%s: %v; see %s --help", cmd.CommandPath(), err, cmd.CommandPath())
	})
	root.PersistentFlags().StringVar(&a.configPath, "config", a.env("SEKISHO_CONFIG"), "configuration file (YAML); the environment variable SEKISHO_CONFIG names it too")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "machine-readable output")
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
			return fmt.Errorf("database.url: the schema is not current (%s is missing); run: sekisho migrate", m.Name)
		}
	}
	return nil
}

// vault opens the key-encryption keyset.
func (a *app) vault(c *config.Config) (*keys.Vault, error) {
	if c.KEK.Secret.Empty() {
		return nil, usage("kek: no key-encryption keyset; make one with: sekisho keys kek, and name it in kek.file or the variable %s", c.KEK.Env)
	}
	v, err := keys.OpenVault(c.KEK.Secret.Reveal())
	if err != nil {
		return nil, usage("kek: %v; make one with: sekisho keys kek", err)
	}
	return v, nil
}

// vaultOf is vault, proved to be the one that sealed what this database holds.
func (a *app) vaultOf(ctx context.Context, c *config.Config, store *storage.Store) (*keys.Vault, error) {
	v, err := a.vault(c)
	if err != nil {
		return nil, err
	}
	list, err := store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range list {
		if k.State != idp.KeyRetired && keys.Opens(v, k) != nil {
			return nil, fmt.Errorf("kek: this keyset did not seal what is in this database (signing key %s does not open); use the database's own", k.ID)
		}
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
		for i, cell := range row {
			row[i] = httpsafe.LogText(cell, mostCell) // what came from outside commands no terminal
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// mostCell is how many bytes of one value a table shows; --json shows all of it.
const mostCell = 4096

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
