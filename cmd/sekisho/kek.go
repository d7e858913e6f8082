package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/keys"
	"sekisho/idp/provider"
	"sekisho/storage"
)

const kekHelp = `Makes the keyset that seals signing keys and authenticator secrets in the database. Keep it outside the database and its backups; without it they cannot be opened.

To replace it while nodes are running:
  1. sekisho keys kek add --out kek.2          give kek.2 to every node as its keyset
  2. sekisho keys kek promote ID --out kek.3   give kek.3 to every node
  3. sekisho keys rewrap                       seals everything again
  4. sekisho keys kek drop ID --out kek.4      give kek.4 to every node; destroy the others`

func (a *app) kekCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "kek", Short: "Make a new key-encryption keyset, or replace its keys", Args: takes(), Long: kekHelp,
		RunE: func(*cobra.Command, []string) error {
			kek, err := keys.NewKEK()
			if err != nil {
				return err
			}
			return a.writeKEK(out, kek)
		},
	}
	cmd.PersistentFlags().StringVar(&out, "out", "", "write it to this new file with mode 0600 instead of standard output")
	cmd.AddCommand(a.kekList(), a.kekAdd(&out), a.kekPromote(&out), a.kekDrop(&out))
	return cmd
}

// writeKEK never overwrites: the file there may be the only copy of a keyset in use.
func (a *app) writeKEK(file string, kek []byte) error {
	if file == "" {
		_, err := fmt.Fprint(a.stdout, string(kek))
		return err
	}
	err := keys.WriteFile(file, kek)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("--out %s: the file exists, and a keyset is never overwritten; name another", file)
	}
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return nil
}

// configuredKEK is the keyset that the configuration names.
func (a *app) configuredKEK() ([]byte, error) {
	c, err := a.load()
	if err != nil {
		return nil, err
	}
	if _, err := a.vault(c); err != nil {
		return nil, err
	}
	return c.KEK.Secret.Reveal(), nil
}

func (a *app) kekList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the keys of the configured keyset; nothing secret is shown", Args: takes(),
		RunE: func(*cobra.Command, []string) error {
			kek, err := a.configuredKEK()
			if err != nil {
				return err
			}
			list, err := keys.KEKKeys(kek)
			if err != nil {
				return err
			}
			type keyView struct {
				ID      uint32 `json:"id"`
				Primary bool   `json:"primary"`
			}
			views, rows := []keyView{}, [][]string{{"ID", "PRIMARY"}}
			for _, k := range list {
				views = append(views, keyView(k))
				rows = append(rows, []string{fmt.Sprint(k.ID), fmt.Sprint(k.Primary)})
			}
			return a.print(views, rows)
		},
	}
}

func (a *app) kekAdd(out *string) *cobra.Command {
	return &cobra.Command{
		Use: "add", Short: "The configured keyset with one more key, which does not seal yet", Args: takes(),
		RunE: func(*cobra.Command, []string) error {
			kek, err := a.configuredKEK()
			if err != nil {
				return err
			}
			next, _, err := keys.AddKEK(kek)
			if err != nil {
				return err
			}
			return a.writeKEK(*out, next)
		},
	}
}

// keyID reads the id of a key of the keyset.
func keyID(kek []byte, name string) (uint32, error) {
	id, err := strconv.ParseUint(name, 10, 32)
	list, listErr := keys.KEKKeys(kek)
	if listErr != nil {
		return 0, listErr
	}
	for _, k := range list {
		if err == nil && k.ID == uint32(id) {
			return k.ID, nil
		}
	}
	return 0, usage("%q is no key of the configured keyset; see sekisho keys kek list", name)
}

func (a *app) kekPromote(out *string) *cobra.Command {
	return &cobra.Command{
		Use: "promote ID", Short: "The configured keyset with another key to seal with", Args: takes("ID"),
		Long: "Every node must have the keyset with this key already. Counters of failed attempts begin anew, and known browsers count as new ones once.",
		RunE: func(_ *cobra.Command, args []string) error {
			kek, err := a.configuredKEK()
			if err != nil {
				return err
			}
			id, err := keyID(kek, args[0])
			if err != nil {
				return err
			}
			next, err := keys.PromoteKEK(kek, id)
			if err != nil {
				return err
			}
			return a.writeKEK(*out, next)
		},
	}
}

func (a *app) kekDrop(out *string) *cobra.Command {
	return &cobra.Command{
		Use: "drop ID", Short: "The configured keyset without a key that nothing is sealed under any more", Args: takes("ID"),
		Long: "Looks through the database first and refuses while anything in it needs the key. Backups from before the rewrapping need it for ever; so do invitation codes that were mailed under it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				if _, err := a.vaultOf(cmd.Context(), c, store); err != nil {
					return err
				}
				id, err := keyID(c.KEK.Secret.Reveal(), args[0])
				if err != nil {
					return err
				}
				next, err := keys.DropKEK(c.KEK.Secret.Reveal(), id)
				if err != nil {
					return usage("key %d is the one that seals; promote another first", id)
				}
				rest, err := keys.OpenVault(next)
				if err != nil {
					return err
				}
				if err := provider.OpensAll(cmd.Context(), store, rest); err != nil {
					return fmt.Errorf("key %d is still needed (%w); run: sekisho keys rewrap", id, err)
				}
				return a.writeKEK(*out, next)
			})
		},
	}
}

func (a *app) keysRewrapCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rewrap", Short: "Seal everything in the database again under the keyset's primary key", Args: takes(),
		Long: "Harmless to repeat and to run beside serving nodes. Run it after every node has the keyset with the promoted key.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return a.withStore(ctx, func(c *config.Config, store *storage.Store) error {
				vault, err := a.vaultOf(ctx, c, store)
				if err != nil {
					return err
				}
				done, err := provider.Rewrap(ctx, store, vault)
				if err != nil {
					return err
				}
				counts := map[string]string{"looked": fmt.Sprint(done.Looked), "replaced": fmt.Sprint(done.Replaced), "seals": fmt.Sprint(done.Seals)}
				if err := store.AppendAudit(ctx, []idp.AuditRecord{operator(audit.KEKRewrapped, counts)}); err != nil {
					return err
				}
				type view struct {
					Looked   int `json:"looked"`
					Replaced int `json:"replaced"`
					Seals    int `json:"seals"`
				}
				return a.print(view(done), [][]string{
					{"values looked at", counts["looked"]}, {"sealed again", counts["replaced"]}, {"audit seals made anew", counts["seals"]},
				})
			})
		},
	}
}
