package importer

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

// What RFC 4180 section 2 says of a line, and what the standard library makes of it.
func TestSplitCSV(t *testing.T) {
	for line, want := range map[string][]string{
		"":                  {""},
		"a,b":               {"a", "b"},
		"a,,":               {"a", "", ""},
		`"a,b",c`:           {"a,b", "c"},
		`"say ""x""",""`:    {`say "x"`, ""},
		`""""`:              {`"`},
		`a"b`:               nil,
		`"a`:                nil,
		`"a"b,c`:            nil,
		`"a"",c`:            nil,
		`a, "b"`:            nil,
		"\"a\tb\" ,c":       nil,
		`"日本,橋",ﾊﾝｶｸ`:       {"日本,橋", "ﾊﾝｶｸ"},
		`"a","b","c,""d,""`: nil,
	} {
		if got, err := splitCSV(line); !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
}

// Whatever line is written by another program comes back as it was.
func FuzzSplitCSV(f *testing.F) {
	f.Add("a", `"b`, "c,")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if strings.ContainsAny(a+b+c, "\r\n") {
			return
		}
		var line strings.Builder
		w := csv.NewWriter(&line)
		if err := w.Write([]string{a, b, c}); err != nil {
			return
		}
		w.Flush()
		got, err := splitCSV(strings.TrimSuffix(line.String(), "\n"))
		if err != nil || !slices.Equal(got, []string{a, b, c}) {
			t.Errorf("%q: %q, %v", line.String(), got, err)
		}
	})
}
