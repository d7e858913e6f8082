package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/oidc"
	"sekisho/idp/provider"
	"sekisho/storage"
)

func (a *app) clientCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "client", Short: "Relying parties and resource servers"}
	cmd.AddCommand(a.clientAdd(), a.clientList(), a.clientShow(), a.clientUpdate(), a.clientRemove())
	return cmd
}

// clientView is a client as it is shown: registered names, never a secret.
type clientView struct {
	ClientID string             `json:"client_id"`
	Disabled bool               `json:"disabled,omitempty"`
	Created  time.Time          `json:"created_at"`
	Secret   string             `json:"client_secret,omitempty"` // once, when it was made
	Metadata idp.ClientMetadata `json:"metadata"`
}

func viewClient(c *idp.Client) clientView {
	return clientView{ClientID: c.ID, Disabled: c.Disabled, Created: c.CreatedAt, Metadata: c.Metadata}
}

// metadataFlags lets simple clients be registered without a file.
type metadataFlags struct {
	file, name, profile, method, scope, id, set string
	redirects, logouts, resources, grants       []string
	firstParty, native                          bool
}

func (m *metadataFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&m.file, "file", "f", "", "JSON file with the metadata by its registered names (RFC 7591); - reads standard input")
	f.StringVar(&m.id, "id", "", "client_id (default: a new random one)")
	f.StringVar(&m.name, "name", "", "client_name")
	f.StringVar(&m.profile, "profile", "", "sekisho_profile: fapi2, oauth21 (default) or oidc")
	f.StringVar(&m.method, "auth-method", "", "token_endpoint_auth_method: none, client_secret_basic, client_secret_post or private_key_jwt")
	f.StringVar(&m.scope, "scope", "", "scope: what it may ask for, separated by spaces")
	f.StringSliceVar(&m.redirects, "redirect-uri", nil, "redirect_uris")
	f.StringSliceVar(&m.logouts, "post-logout-redirect-uri", nil, "post_logout_redirect_uris")
	f.StringSliceVar(&m.resources, "resource", nil, "sekisho_resources: resource indicators it may ask tokens for")
	f.StringSliceVar(&m.grants, "grant-type", nil, "grant_types")
	f.BoolVar(&m.firstParty, "first-party", false, "sekisho_first_party: no consent page")
	f.BoolVar(&m.native, "native", false, "application_type native")
}

func (m *metadataFlags) read(stdin io.Reader) (idp.ClientMetadata, error) {
	var meta idp.ClientMetadata
	if m.file != "" {
		raw, err := readInput(m.file, stdin)
		if err != nil {
			return meta, err
		}
		parsed, wrong := oidc.ParseClientMetadata(raw)
		if wrong != nil {
			return meta, usage("%s: %s", m.file, wrong.Description)
		}
		meta = parsed
	}
	override(&meta.ClientName, m.name)
	override((*string)(&meta.ClientProfile), m.profile)
	override(&meta.TokenEndpointAuthMethod, m.method)
	override(&meta.Scope, m.scope)
	for _, l := range []struct {
		to   *[]string
		from []string
	}{{&meta.RedirectURIs, m.redirects}, {&meta.PostLogoutRedirectURIs, m.logouts}, {&meta.Resources, m.resources}, {&meta.GrantTypes, m.grants}} {
		if len(l.from) > 0 {
			*l.to = l.from
		}
	}
	meta.FirstParty = meta.FirstParty || m.firstParty
	if m.native {
		meta.ApplicationType = oidc.ApplicationNative
	}
	return meta, nil
}

func override(to *string, from string) {
	if from != "" {
		*to = from
	}
}

func readInput(file string, stdin io.Reader) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(stdin, 1<<20))
	}
	return os.ReadFile(file)
}

func checkMetadata(c *config.Config, m idp.ClientMetadata) (idp.ClientMetadata, error) {
	checked, wrong := oidc.CheckClientMetadata(m, provider.MetadataRules(c))
	if wrong != nil {
		return m, usage("%s: %s", wrong.Code, wrong.Description)
	}
	return checked, nil
}

// newClient makes a client and, where its method needs one, its secret.
func newClient(id string, m idp.ClientMetadata, now time.Time) (client idp.Client, secret string) {
	if id == "" {
		id = idp.NewID()
	}
	client = idp.Client{ID: id, Metadata: m, CreatedAt: now, UpdatedAt: now}
	if method := m.TokenEndpointAuthMethod; method == idp.AuthClientSecretBasic || method == idp.AuthClientSecretPost {
		secret = idp.NewSecret()
		client.SecretHash = idp.HashSecret(secret)
	}
	return client, secret
}

func (a *app) clientAdd() *cobra.Command {
	var m metadataFlags
	cmd := &cobra.Command{
		Use: "add", Short: "Register a client from flags or a JSON file", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			meta, err := m.read(a.stdin)
			if err != nil {
				return err
			}
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				if meta, err = checkMetadata(c, meta); err != nil {
					return err
				}
				client, secret := newClient(m.id, meta, time.Now().UTC())
				rec := operator(audit.ClientCreated, nil)
				rec.ClientID = client.ID
				if err := store.CreateClient(cmd.Context(), &client, idp.Effects{Audit: []idp.AuditRecord{rec}}); err != nil {
					return naming(err, "client", client.ID)
				}
				view := viewClient(&client)
				view.Secret = secret
				rows := [][]string{{"client_id", client.ID}}
				if secret != "" {
					rows = append(rows, []string{"client_secret", secret + "   (shown once; only its hash is kept)"})
				}
				return a.print(view, rows)
			})
		},
	}
	m.register(cmd)
	return cmd
}

// naming turns a storage error into a sentence about the thing.
func naming(err error, what, id string) error {
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return fmt.Errorf("no %s %q", what, id)
	case errors.Is(err, idp.ErrExists):
		return fmt.Errorf("%s %q exists already", what, id)
	case errors.Is(err, idp.ErrConflict):
		return fmt.Errorf("%s %q was changed by somebody else meanwhile; nothing was written", what, id)
	}
	return err
}

func (a *app) clientList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the clients", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				list, err := store.Clients(cmd.Context())
				if err != nil {
					return err
				}
				views, rows := []clientView{}, [][]string{{"CLIENT ID", "NAME", "PROFILE", "METHOD", "DISABLED"}}
				for _, c := range list {
					views = append(views, viewClient(c))
					rows = append(rows, []string{c.ID, c.Name("en"), string(c.Metadata.ClientProfile), c.Metadata.TokenEndpointAuthMethod, fmt.Sprint(c.Disabled)})
				}
				return a.print(views, rows)
			})
		},
	}
}

func (a *app) clientShow() *cobra.Command {
	return &cobra.Command{
		Use: "show CLIENT_ID", Short: "Show a client's metadata", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				c, err := store.Client(cmd.Context(), args[0])
				if err != nil {
					return naming(err, "client", args[0])
				}
				pretty, err := json.MarshalIndent(c.Metadata, "", "  ")
				if err != nil {
					return err
				}
				return a.print(viewClient(c), [][]string{{"client_id", c.ID}, {string(pretty)}})
			})
		},
	}
}

func (a *app) clientUpdate() *cobra.Command {
	var m metadataFlags
	var disable, enable, newSecret bool
	cmd := &cobra.Command{
		Use: "update CLIENT_ID", Short: "Replace a client's metadata, disable or enable it, or give it a new secret", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				return a.updateClient(cmd.Context(), c, store, args[0], &m, disable, enable, newSecret)
			})
		},
	}
	m.register(cmd)
	cmd.Flags().BoolVar(&disable, "disable", false, "refuse every request of the client from now on")
	cmd.Flags().BoolVar(&enable, "enable", false, "undo --disable")
	cmd.Flags().BoolVar(&newSecret, "new-secret", false, "replace the client secret; the old one stops working")
	return cmd
}

func (a *app) updateClient(ctx context.Context, c *config.Config, store *storage.Store, id string, m *metadataFlags, disable, enable, newSecret bool) error {
	client, err := store.Client(ctx, id)
	if err != nil {
		return naming(err, "client", id)
	}
	if m.file == "" {
		current, err := json.Marshal(client.Metadata)
		if err != nil {
			return err
		}
		m.file = "-"
		if client.Metadata, err = m.read(strings.NewReader(string(current))); err != nil {
			return err
		}
	} else if client.Metadata, err = m.read(a.stdin); err != nil {
		return err
	}
	if client.Metadata, err = checkMetadata(c, client.Metadata); err != nil {
		return err
	}
	client.Disabled = (client.Disabled || disable) && !enable
	view := viewClient(client)
	if newSecret {
		if client.SecretHash == nil {
			return usage("client %q has no secret: its method is %s", id, client.Metadata.TokenEndpointAuthMethod)
		}
		view.Secret = idp.NewSecret()
		client.SecretHash = idp.HashSecret(view.Secret)
	}
	rec := operator(audit.ClientUpdated, map[string]string{"new_secret": fmt.Sprint(newSecret), "disabled": fmt.Sprint(client.Disabled)})
	rec.ClientID = id
	if err := store.UpdateClient(ctx, client, idp.Effects{Audit: []idp.AuditRecord{rec}}); err != nil {
		return naming(err, "client", id)
	}
	view.Disabled, view.Metadata = client.Disabled, client.Metadata
	rows := [][]string{{"updated", id}}
	if view.Secret != "" {
		rows = append(rows, []string{"client_secret", view.Secret + "   (shown once)"})
	}
	return a.print(view, rows)
}

func (a *app) clientRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove CLIENT_ID", Short: "Delete a client and end everything granted to it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				rec := operator(audit.ClientDeleted, nil)
				rec.ClientID = args[0]
				if err := store.DeleteClient(cmd.Context(), args[0], idp.Effects{Audit: []idp.AuditRecord{rec}}); err != nil {
					return naming(err, "client", args[0])
				}
				return a.print(map[string]string{"removed": args[0]}, [][]string{{"removed", args[0]}})
			})
		},
	}
}
