package main

import (
	"os/user"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp/provider"
)

// deskFlags say who acts for a customer and on what grounds.
type deskFlags struct{ provider.Desk }

func (d *deskFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&d.Identity, "identity", nil, "kinds of identity documents that were checked (identity.documents)")
	f.StringVar(&d.Operator, "operator", "", "who at the desk does it, for the audit trail (default: whom the system says you are)")
	f.StringVar(&d.Because, "reason", "", "why, in a few words, for the audit trail")
}

// mostWords is how much of an operator's name or of a reason the trail keeps, in characters.
const mostWords = 200

// check demands identity documents, and words that fit on one line of the trail.
func (d *deskFlags) check(c *config.Config) error {
	if d.Operator == "" {
		if u, err := user.Current(); err == nil { // without one the trail says "operator" all the same
			d.Operator = u.Username
		}
	}
	for name, value := range map[string]string{"operator": d.Operator, "reason": d.Because} {
		if utf8.RuneCountInString(value) > mostWords || strings.ContainsFunc(value, unicode.IsControl) {
			return usage("--%s: write one line of at most %d characters", name, mostWords)
		}
	}
	return checkIdentity(c, d.Identity)
}
