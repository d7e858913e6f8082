package spec

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lint is a rule over one file's syntax; find returns the offending positions.
type lint struct {
	name string
	keep func(*source) bool
	find func(*source) []token.Pos
	// bad breaks the rule and good does not: the rule is tried on both.
	bad, good string
	// excused functions ("path name", for imports just "path") break the rule for the reason
	// given. A line that no longer applies fails.
	excused map[string]string
}

// pure packages are given the time and never ask for it.
func pure(s *source) bool { return shipped(s) && (s.folder == "idp" || s.folder == "idp/assurance") }

// timed packages take the clock as a field, so that tests can set it. Programs may ask, and
// so may what only tests use.
func timed(s *source) bool {
	return shipped(s) && !under("cmd")(s.folder) && !forTests(s.folder)
}

var lints = []lint{
	{
		name: "outbound TLS is always verified (TL-04)", keep: shipped, find: named("InsecureSkipVerify"),
		bad: `package x; import "crypto/tls"; var c = tls.Config{InsecureSkipVerify: true}`, good: `package x`,
	},
	{
		name: "no guessable randomness and no broken primitives (TL-02)", keep: shipped,
		find: importing("math/rand", "math/rand/v2", "crypto/md5", "crypto/sha1", "crypto/des", "crypto/rc4"),
		bad:  `package x; import _ "math/rand/v2"`, good: `package x; import _ "crypto/rand"`,
		excused: map[string]string{"storage/run.go": "spreads the retries of a lost race in time; nothing secret"},
	},
	{
		name: "a pure package does not know the time", keep: pure, find: selecting("time", "Now", "Since", "Until"),
		bad: `package x; import "time"; var now = time.Now`, good: `package x; import "time"; var d = time.Second`,
	},
	{
		name: "the clock is a field, not a call", keep: timed, find: calling("time", "Now", "Since", "Until"),
		bad: `package x; import "time"; func f() time.Time { return time.Now() }`, good: `package x; import "time"; var now = time.Now`,
	},
	{
		name: "statements are never put together from values (IN-11)", find: builtSQL,
		keep: func(s *source) bool { return shipped(s) && !forTests(s.folder) },
		bad:  `package x; import "fmt"; func f(n string) string { return fmt.Sprintf("SELECT a FROM b WHERE c = '%s'", n) }`,
		good: `package x; const cols = "a, b"; const q = "SELECT " + cols + " FROM b WHERE c = ?"`,
	},
	{
		name: "a test fails, it never skips", keep: func(s *source) bool { return s.test },
		find: calling("", "Skip", "Skipf", "SkipNow", "Short"),
		bad:  `package x; import "testing"; func TestX(t *testing.T) { t.SkipNow() }`, good: `package x`,
	},
}

func TestLints(t *testing.T) {
	for _, l := range lints {
		t.Run(l.name, func(t *testing.T) {
			used := map[string]bool{}
			for _, s := range sources(t, l.keep) {
				for _, pos := range l.find(s) {
					place := strings.TrimSpace(s.path + " " + s.function(pos))
					used[place] = true
					if l.excused[place] == "" {
						t.Errorf("%s", s.at(pos))
					}
				}
			}
			for place := range l.excused {
				if !used[place] {
					t.Errorf("%s is excused but breaks nothing", place)
				}
			}
		})
	}
}

func TestLintsCanFail(t *testing.T) {
	for _, l := range lints {
		for text, want := range map[string]bool{l.bad: true, l.good: false} {
			s, err := parse("x/x.go", text)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(l.find(s)) > 0; got != want {
				t.Errorf("%s: %q found %v", l.name, text, got)
			}
		}
	}
}

func inspect(s *source, hit func(ast.Node) bool) (found []token.Pos) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		if n != nil && hit(n) {
			found = append(found, n.Pos())
		}
		return true
	})
	return found
}

func named(name string) func(*source) []token.Pos {
	return func(s *source) []token.Pos {
		return inspect(s, func(n ast.Node) bool { id, ok := n.(*ast.Ident); return ok && id.Name == name })
	}
}

func importing(paths ...string) func(*source) []token.Pos {
	refused := exactly(paths...)
	return func(s *source) []token.Pos {
		return inspect(s, func(n ast.Node) bool {
			spec, ok := n.(*ast.ImportSpec)
			return ok && refused(strings.Trim(spec.Path.Value, "`\""))
		})
	}
}

// selects reports whether n is pkg.Name, any receiver when pkg is "".
func selects(n ast.Node, pkg string, names []string) bool {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok || !exactly(names...)(sel.Sel.Name) {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return pkg == "" || ok && id.Name == pkg
}

func selecting(pkg string, names ...string) func(*source) []token.Pos {
	return func(s *source) []token.Pos {
		return inspect(s, func(n ast.Node) bool { return selects(n, pkg, names) })
	}
}

func calling(pkg string, names ...string) func(*source) []token.Pos {
	return func(s *source) []token.Pos {
		return inspect(s, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			return ok && selects(call.Fun, pkg, names)
		})
	}
}

// leftovers are words of unfinished work, and names of places that only one machine has.
// They are put together here so that this file does not hold them.
var leftovers = regexp.MustCompile(`\b(` + strings.Join([]string{"TO" + "DO", "FIX" + "ME", "X" + "XX"}, "|") + `)\b|` +
	strings.Join([]string{`"not ` + "implemented", "/wor" + "k/", "/ro" + "ot/", "registry\\.npm" + "js", "proxy\\.gol" + "ang"}, "|"))

func TestNothingIsLeftUndone(t *testing.T) {
	read := 0
	err := walk(func(path string) error {
		switch filepath.Ext(path) {
		case ".go", ".ts", ".css", ".html", ".sql", ".mjs", ".json", ".md", ".yaml", ".sh", "":
		default:
			return nil
		}
		if filepath.Base(path) == "LICENSE" || strings.HasPrefix(path, ".") {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		read++
		for i, line := range strings.Split(string(text), "\n") {
			if m := leftovers.FindString(line); m != "" {
				t.Errorf("%s:%d: %q", path, i+1, m)
			}
		}
		return nil
	})
	if err != nil || read == 0 {
		t.Fatalf("read %d files: %v", read, err)
	}
	if !leftovers.MatchString("// TO"+"DO later") || leftovers.MatchString("a todo list") {
		t.Error("the pattern does not tell leftovers from words")
	}
}
