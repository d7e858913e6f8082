package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	Key   string // dotted path, such as "listen.addr"; "" for the file as a whole
	File  string // where the key was read from; "" when not from a file
	Line  int    // in File, 1-based; 0 when the key is absent there
	Env   string // environment variable it was read from; "" when not from there
	Wrong string // what is wrong
	Right string // what would be right
}

func (p Problem) Error() string {
	var b strings.Builder
	switch {
	case p.Env != "":
		b.WriteString(p.Env + ": ")
	case p.File != "" && p.Line > 0:
		fmt.Fprintf(&b, "%s:%d: ", p.File, p.Line)
	case p.File != "":
		b.WriteString(p.File + ": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + " ")
	}
	b.WriteString(p.Wrong)
	if p.Right != "" {
		b.WriteString("; " + p.Right)
	}
	return b.String()
}

// Problems is everything that is wrong, one line each. Load and Validate return it as
// their error.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(key, wrong, right string) {
	*p = append(*p, Problem{Key: key, Wrong: wrong, Right: right})
}

// err is p in a stable order without repetitions, or nil.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	sorted := slices.Clone(p)
	slices.SortStableFunc(sorted, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Env, b.Env), cmp.Compare(a.Line, b.Line), strings.Compare(a.Key, b.Key))
	})
	return slices.Compact(sorted)
}
