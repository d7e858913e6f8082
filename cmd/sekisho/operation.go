package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/storage"
)

// mostReason is how long a reason may be, in characters: one sentence on a phone.
const mostReason = 300

func (a *app) operationCommand() *cobra.Command {
	return group("operation", "Operations of the customers, switched off and on again at once", a.operationList(), a.operationDeny(), a.operationAllow())
}

type operationLine struct {
	Operation string            `json:"operation"`
	State     string            `json:"state"` // "on", "off", or "off_by_configuration"
	Since     time.Time         `json:"since,omitzero"`
	Reason    map[string]string `json:"reason,omitempty"`
}

// operationLines are the configured operations, signing in first.
func operationLines(c *config.Config, stops []idp.OperationStop) []operationLine {
	var out []operationLine
	for _, name := range append([]string{idp.SignInChoice}, slices.Sorted(maps.Keys(c.Assurance.Operations))...) {
		rule := c.Assurance.Operations[name]
		if name == idp.SignInChoice {
			rule = c.Assurance.SignIn
		}
		line := operationLine{Operation: name, State: "on"}
		if rule.Deny {
			line.State, line.Reason = "off_by_configuration", rule.DenyReason
		}
		if i := slices.IndexFunc(stops, func(s idp.OperationStop) bool { return s.Operation == name }); i >= 0 {
			line.State, line.Since, line.Reason = "off", stops[i].Since, stops[i].Reason
		}
		out = append(out, line)
	}
	return out
}

func (a *app) printOperations(lines []operationLine) error {
	rows := [][]string{{"OPERATION", "STATE", "SINCE", "REASON"}}
	for _, l := range lines {
		var reasons []string
		for _, lang := range slices.Sorted(maps.Keys(l.Reason)) {
			reasons = append(reasons, lang+": "+l.Reason[lang])
		}
		rows = append(rows, []string{l.Operation, l.State, when(l.Since), strings.Join(reasons, " / ")})
	}
	return a.print(lines, rows)
}

// printOperation prints the one that a command has just switched.
func (a *app) printOperation(cmd *cobra.Command, c *config.Config, store *storage.Store, name string) error {
	stops, err := store.OperationStops(cmd.Context())
	if err != nil {
		return err
	}
	lines := operationLines(c, stops)
	i := slices.IndexFunc(lines, func(l operationLine) bool { return l.Operation == name })
	return a.printOperations(lines[i : i+1])
}

func (a *app) operationList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the operations and which of them are off", Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				stops, err := store.OperationStops(cmd.Context())
				if err != nil {
					return err
				}
				return a.printOperations(operationLines(c, stops))
			})
		},
	}
}

func (a *app) operationDeny() *cobra.Command {
	reason := map[string]*string{"ja": new(string), "en": new(string)}
	cmd := &cobra.Command{
		Use: "deny OPERATION", Short: "Switch an operation off on every node, at once", Args: takes("OPERATION"),
		Long: "Switches an operation off, without a restart, on every node that shares the database. Customers are shown the reason, in their language, or a plain sentence where none is given. Tokens given before stay valid until they expire. OPERATION is a name of assurance.operations, or sign_in for everything. Doing it again changes the reason.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				if err := knownOperation(c, args[0]); err != nil {
					return err
				}
				stop := idp.OperationStop{Operation: args[0], Reason: map[string]string{}, Since: time.Now().UTC()}
				detail := map[string]string{"operation": args[0]}
				for lang, text := range reason {
					clean, err := reasonText(lang, *text)
					if err != nil {
						return err
					}
					if clean != "" {
						stop.Reason[lang], detail["reason_"+lang] = clean, clean
					}
				}
				if err := everyLanguage(c, stop.Reason); err != nil {
					return err
				}
				effects := idp.Effects{Audit: []idp.AuditRecord{operator(audit.OperationStopped, detail)}}
				if err := store.StopOperation(cmd.Context(), stop, effects); err != nil {
					return err
				}
				return a.printOperation(cmd, c, store, args[0])
			})
		},
	}
	cmd.Flags().StringVar(reason["ja"], "reason-ja", "", "what customers are told, in Japanese")
	cmd.Flags().StringVar(reason["en"], "reason-en", "", "what customers are told, in English")
	return cmd
}

func (a *app) operationAllow() *cobra.Command {
	return &cobra.Command{
		Use: "allow OPERATION", Short: "Take the stop of an operation away", Args: takes("OPERATION"),
		Long: "Takes away what \"operation deny\" did. An operation that the configuration denies stays off.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c *config.Config, store *storage.Store) error {
				if err := knownOperation(c, args[0]); err != nil {
					return err
				}
				effects := idp.Effects{Audit: []idp.AuditRecord{operator(audit.OperationResumed, map[string]string{"operation": args[0]})}}
				err := store.ResumeOperation(cmd.Context(), args[0], effects)
				if errors.Is(err, idp.ErrNotFound) {
					return fmt.Errorf("operation %q was not switched off by an operator", args[0])
				}
				if err != nil {
					return err
				}
				return a.printOperation(cmd, c, store, args[0])
			})
		},
	}
}

func knownOperation(c *config.Config, name string) error {
	if _, ok := c.Assurance.Operations[name]; ok || name == idp.SignInChoice {
		return nil
	}
	return usage("no operation %q; see: sekisho operation list", name)
}

// reasonText is a reason fit for a page: one line, not too long.
func reasonText(lang, text string) (string, error) {
	text = strings.TrimSpace(text)
	if strings.ContainsFunc(text, unicode.IsControl) || len([]rune(text)) > mostReason {
		return "", usage("--reason-%s: write one line of at most %d characters", lang, mostReason)
	}
	return text, nil
}

// everyLanguage: a reason in one language only would leave the other customers without it.
func everyLanguage(c *config.Config, reason map[string]string) error {
	for _, lang := range c.Languages {
		if len(reason) > 0 && reason[lang] == "" {
			return usage("--reason-%s is missing; write the reason in every language of the pages, or in none", lang)
		}
	}
	return nil
}
