package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/storage"
)

func (a *app) clientTokenCommand() *cobra.Command {
	return group("token", "Tokens by which relying parties register themselves (registration.policy)", a.clientTokenAdd(), a.clientTokenList(), a.clientTokenRevoke())
}

// tokenView is an initial access token as it is shown: never the token again.
type tokenView struct {
	ID      string     `json:"id"`
	Note    string     `json:"note,omitempty"`
	Scope   string     `json:"scope,omitempty"`
	Profile string     `json:"profile,omitempty"`
	MaxUses int        `json:"max_uses"`
	Uses    int        `json:"uses"`
	Created time.Time  `json:"created_at"`
	Expires time.Time  `json:"expires_at"`
	Revoked *time.Time `json:"revoked_at,omitempty"`
	Token   string     `json:"token,omitempty"` // once, when it was made
}

func viewToken(t idp.InitialToken) tokenView {
	v := tokenView{ID: t.ID, Note: t.Note, Scope: t.Scope, Profile: string(t.Profile), MaxUses: t.MaxUses, Uses: t.Uses, Created: t.CreatedAt, Expires: t.ExpiresAt}
	if !t.RevokedAt.IsZero() {
		v.Revoked = &t.RevokedAt
	}
	return v
}

const mostTokenLife = 365 * 24 * time.Hour

func (a *app) clientTokenAdd() *cobra.Command {
	var t idp.InitialToken
	var life time.Duration
	var profile string
	cmd := &cobra.Command{
		Use: "add", Short: "Make a token that lets its holder register clients", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				t.Profile = idp.ClientProfile(profile)
				if err := checkToken(c, t, life); err != nil {
					return err
				}
				secret, now := idp.NewSecret(), time.Now().UTC()
				t.ID, t.Hash, t.CreatedAt, t.ExpiresAt = idp.NewID(), idp.HashSecret(secret), now, now.Add(life)
				rec := operator(audit.InitialTokenCreated, map[string]string{"token": t.ID})
				if err := store.CreateInitialToken(cmd.Context(), t, idp.Effects{Audit: []idp.AuditRecord{rec}}); err != nil {
					return err
				}
				view := viewToken(t)
				view.Token = secret
				return a.print(view, [][]string{{"id", t.ID}, {"expires", when(t.ExpiresAt)}, {"uses", fmt.Sprint(t.MaxUses)}, {"token", secret}, {"", "(shown once; only its hash is kept)"}})
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&t.Note, "note", "", "for whom it is")
	f.IntVar(&t.MaxUses, "uses", 1, "how many clients may be registered with it")
	f.DurationVar(&life, "expires-in", 24*time.Hour, "how long it can be used; at most a year")
	f.StringVar(&t.Scope, "scope", "", "scopes its clients may have, separated by spaces (default: registration.scopes)")
	f.StringVar(&profile, "profile", "", "sekisho_profile of its clients: fapi2, oauth21 or oidc (default: registration.profile)")
	return cmd
}

func checkToken(c *config.Config, t idp.InitialToken, life time.Duration) error {
	switch {
	case !c.Registration.Enabled():
		return usage("registration.policy is off: nobody can register clients, with a token or without")
	case t.MaxUses < 1 || t.MaxUses > c.Registration.MaxClients:
		return usage("--uses %d: write 1 to %d (registration.max_clients)", t.MaxUses, c.Registration.MaxClients)
	case life < time.Minute || life > mostTokenLife:
		return usage("--expires-in %s: write 1m to %s", life, mostTokenLife)
	case t.Profile != "" && !slices.Contains([]idp.ClientProfile{idp.ProfileFAPI2, idp.ProfileOAuth21, idp.ProfileOIDC}, t.Profile):
		return usage("--profile %q: write fapi2, oauth21 or oidc", t.Profile)
	}
	for _, scope := range strings.Fields(t.Scope) {
		if !slices.Contains(c.Registration.Scopes, scope) {
			return usage("--scope: %q is not among registration.scopes (%s)", scope, strings.Join(c.Registration.Scopes, " "))
		}
	}
	return nil
}

func (a *app) clientTokenList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the tokens", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(_ *config.Config, store *storage.Store) error {
				list, err := store.InitialTokens(cmd.Context())
				if err != nil {
					return err
				}
				return printList(a, list, viewToken, func(t idp.InitialToken) []string {
					return []string{t.ID, t.Note, fmt.Sprintf("%d of %d", t.Uses, t.MaxUses), when(t.ExpiresAt), when(t.RevokedAt)}
				}, "ID", "NOTE", "USES", "EXPIRES", "REVOKED")
			})
		},
	}
}

func (a *app) clientTokenRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "End a token; clients registered with it stay", Args: takes("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			rec := operator(audit.InitialTokenRevoked, map[string]string{"token": args[0]})
			return a.end(cmd.Context(), "token", "revoked", args[0], rec, func(store *storage.Store, effects idp.Effects) error {
				return store.RevokeInitialToken(cmd.Context(), args[0], rec.At, effects)
			})
		},
	}
}
