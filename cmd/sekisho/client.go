package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/storage"
)

func (a *app) clientCommand() *cobra.Command {
	return group("client", "Relying parties and resource servers", a.clientAdd(), a.clientList(), a.clientShow(), a.clientUpdate(), a.clientRemove(), a.clientTokenCommand())
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

// newClient makes a client and, where its method needs one, its secret.
func newClient(id string, m idp.ClientMetadata, now time.Time) (client idp.Client, secret string) {
	if id == "" {
		id = idp.NewID()
	}
	client = idp.Client{ID: id, Metadata: m, CreatedAt: now, UpdatedAt: now}
	return client, fitSecret(&client)
}

// fitSecret gives a client the secret that its method needs and does not have yet, and
// takes away one that its method does not use. It returns a new secret, which is shown once.
func fitSecret(c *idp.Client) (secret string) {
	switch method := c.Metadata.TokenEndpointAuthMethod; {
	case method != idp.AuthClientSecretBasic && method != idp.AuthClientSecretPost:
		c.SecretHash = nil
	case c.SecretHash == nil:
		secret = idp.NewSecret()
		c.SecretHash = idp.HashSecret(secret)
	}
	return secret
}

func (a *app) clientAdd() *cobra.Command {
	var m metadataFlags
	cmd := &cobra.Command{
		Use: "add", Short: "Register a client from flags or a JSON file", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			meta, err := m.read(a.stdin)
			if err != nil {
				return err
			}
			if err := checkClientID(m.id); err != nil {
				return err
			}
			m.apply(&meta, cmd.Flags())
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
				return a.print(view, withSecret([][]string{{"client_id", client.ID}}, secret))
			})
		},
	}
	m.register(cmd)
	cmd.Flags().StringVar(&m.id, "id", "", "client_id (default: a new random one)")
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
		Use: "list", Short: "List the clients", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				list, err := store.Clients(cmd.Context())
				if err != nil {
					return err
				}
				return printList(a, list, viewClient, func(c *idp.Client) []string {
					return []string{c.ID, c.Name("en"), string(c.Metadata.ClientProfile), c.Metadata.TokenEndpointAuthMethod, fmt.Sprint(c.Disabled)}
				}, "CLIENT ID", "NAME", "PROFILE", "METHOD", "DISABLED")
			})
		},
	}
}

func (a *app) clientShow() *cobra.Command {
	return &cobra.Command{
		Use: "show CLIENT_ID", Short: "Show a client's metadata", Args: takes("CLIENT_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				c, err := store.Client(cmd.Context(), args[0])
				if err != nil {
					return naming(err, "client", args[0])
				}
				rows, err := memberRows(c.Metadata)
				if err != nil {
					return err
				}
				head := [][]string{{"client_id", c.ID}, {"disabled", fmt.Sprint(c.Disabled)}, {"created", when(c.CreatedAt)}, {"updated", when(c.UpdatedAt)}}
				return a.print(viewClient(c), append(head, rows...))
			})
		},
	}
}

func (a *app) clientRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove CLIENT_ID", Short: "Delete a client and end everything granted to it", Args: takes("CLIENT_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			rec := operator(audit.ClientDeleted, nil)
			rec.ClientID = args[0]
			return a.end(cmd.Context(), "client", "removed", args[0], rec, func(store *storage.Store, effects idp.Effects) error {
				return store.DeleteClient(cmd.Context(), args[0], effects)
			})
		},
	}
}
