package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sekisho/config/explain"
)

func (a *app) configExplainCommand() *cobra.Command {
	var lang string
	cmd := &cobra.Command{
		Use: "explain", Short: "Say in sentences what customers meet under this configuration", Args: takes(),
		Long: "Reads the configuration as serve would, preset and environment included, and puts into words how customers sign in,\n" +
			"what each operation asks for, what locks, what is mailed and how long it all lasts: for whoever approves it and reads no YAML.",
		RunE: func(*cobra.Command, []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			if lang == "" {
				lang = c.Languages[0]
			}
			if !slices.Contains(explain.Languages, lang) {
				return usage("--lang: %q is no language of the texts; write one of %s", lang, strings.Join(explain.Languages, ", "))
			}
			sections, err := explain.Sections(c, lang)
			if err != nil {
				return err
			}
			if a.json {
				return a.print(map[string]any{"preset": c.Preset, "language": lang, "sections": sections}, nil)
			}
			var b strings.Builder
			for i, s := range sections {
				if i > 0 {
					b.WriteByte('\n')
				}
				fmt.Fprintf(&b, "%s\n", s.Title)
				for _, sentence := range s.Sentences {
					fmt.Fprintf(&b, "  - %s\n", sentence)
				}
			}
			_, err = fmt.Fprint(a.stdout, b.String())
			return err
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "", "ja or en; without it, the first of languages")
	return cmd
}
