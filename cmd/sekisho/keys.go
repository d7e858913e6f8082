package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/keys"
	"sekisho/storage"
)

func (a *app) keysCommand() *cobra.Command {
	return group("keys", "Signing keys and the key-encryption keyset", a.kekCommand(), a.keysListCommand(), a.keysRotateCommand(), a.keysRetireCommand(), a.keysRewrapCommand())
}

// ring opens the signing keys as an operator.
func (a *app) ring(ctx context.Context, c *config.Config, store *storage.Store) (*keys.Ring, error) {
	vault, err := a.vaultOf(ctx, c, store)
	if err != nil {
		return nil, err
	}
	t := c.Tokens
	return keys.OpenRing(ctx, keys.RingOptions{
		Store: store, Vault: vault, Algorithms: t.Algorithms, Overlap: t.KeyOverlap, KeepAfter: t.KeyKeepAfter,
		RotateEvery: t.RotateEvery, Actor: "operator", Logger: a.logger(c.Log),
	})
}

type keyLine struct {
	ID         string    `json:"kid"`
	Algorithm  string    `json:"alg"`
	State      string    `json:"state"`
	Generation int       `json:"generation"`
	CreatedAt  time.Time `json:"created_at"`
	SignsFrom  time.Time `json:"signs_from"`
	RetiresAt  time.Time `json:"retires_at,omitzero"`
}

func (a *app) printKeys(list []idp.SigningKey) error {
	lines, rows := []keyLine{}, [][]string{{"KID", "ALG", "STATE", "GENERATION", "CREATED", "SIGNS FROM", "RETIRES"}}
	for _, k := range list {
		lines = append(lines, keyLine{k.ID, k.Algorithm, string(k.State), k.Generation, k.CreatedAt, k.SignsFrom, k.RetiresAt})
		rows = append(rows, []string{k.ID, k.Algorithm, string(k.State), fmt.Sprint(k.Generation), when(k.CreatedAt), when(k.SignsFrom), when(k.RetiresAt)})
	}
	return a.print(lines, rows)
}

func (a *app) keysListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the signing keys", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				list, err := store.SigningKeys(cmd.Context())
				if err != nil {
					return err
				}
				return a.printKeys(list)
			})
		},
	}
}

func (a *app) keysRotateCommand() *cobra.Command {
	var alg string
	cmd := &cobra.Command{
		Use: "rotate", Short: "Publish a new signing key; it signs after the overlap", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				algs := c.Tokens.Algorithms
				if alg != "" {
					if !slices.Contains(algs, alg) {
						return usage("--alg %q: write one of tokens.algorithms: %s", alg, strings.Join(algs, ", "))
					}
					algs = []string{alg}
				}
				ring, err := a.ring(cmd.Context(), c, store)
				if err != nil {
					return err
				}
				var made []idp.SigningKey
				for _, name := range algs {
					key, err := ring.Rotate(cmd.Context(), name)
					if err != nil {
						return fmt.Errorf("%s: %w", name, err)
					}
					made = append(made, key)
				}
				return a.printKeys(made)
			})
		},
	}
	cmd.Flags().StringVar(&alg, "alg", "", "only this algorithm (default: each configured one)")
	return cmd
}

func (a *app) keysRetireCommand() *cobra.Command {
	return &cobra.Command{
		Use: "retire KID", Short: "Take a key out of use at once; a leaked key", Args: takes("KID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				ring, err := a.ring(cmd.Context(), c, store)
				if err != nil {
					return err
				}
				if err := ring.Retire(cmd.Context(), args[0]); err != nil {
					return naming(err, "signing key", args[0])
				}
				return a.printKeys(ring.List())
			})
		},
	}
}
