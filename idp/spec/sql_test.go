package spec

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

var sqlText = regexp.MustCompile(`(?is)\b(select\s.*\sfrom|insert\s+into|update\s.+\sset|delete\s+from|where)\s`)

// builtSQL finds formatting into, and joining values onto, text that reads as SQL. What is
// fixed before the first request may be joined: literals, names of the package level, and
// variables and parameters that can only hold such. Everything else must be a placeholder.
func builtSQL(s *source) (found []token.Pos) {
	for _, decl := range s.file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue // the package level is fixed
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if selects(n.Fun, "fmt", []string{"Sprintf", "Sprint", "Fprintf", "Appendf"}) && holdsSQL(n) {
					found = append(found, n.Pos())
				}
			case *ast.BinaryExpr:
				if n.Op == token.ADD && holdsSQL(n) && !(&fixing{s: s}).fixed(n, f) {
					found = append(found, n.Pos())
					return false
				}
			}
			return true
		})
	}
	return found
}

func holdsSQL(n ast.Node) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && sqlText.MatchString(lit.Value+" ") {
			found = true
		}
		return !found
	})
	return found
}

// fixing decides by names alone; where a name could mean two things both must be fixed.
type fixing struct {
	s     *source
	depth int
}

func (x *fixing) fixed(e ast.Expr, in *ast.FuncDecl) bool {
	x.depth++
	defer func() { x.depth-- }()
	if x.depth > 40 {
		return false
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.BinaryExpr:
		return x.fixed(e.X, in) && x.fixed(e.Y, in)
	case *ast.ParenExpr:
		return x.fixed(e.X, in)
	case *ast.SelectorExpr:
		return x.fixed(e.X, in)
	case *ast.CallExpr: // one of the package's own functions, given fixed values
		for _, arg := range e.Args {
			if !x.fixed(arg, in) {
				return false
			}
		}
		return x.topLevel(calleeName(e, false))
	case *ast.Ident:
		return x.fixedName(e.Name, in)
	}
	return false
}

func (x *fixing) fixedName(name string, in *ast.FuncDecl) bool {
	if in == nil {
		return x.topLevel(name)
	}
	values := assigned(name, in)
	if i := parameter(name, in); i >= 0 {
		if in.Name.IsExported() {
			return false
		}
		calls := 0
		for _, s := range x.s.siblings {
			for _, decl := range s.file.Decls {
				caller, _ := decl.(*ast.FuncDecl)
				ok := true
				ast.Inspect(decl, func(n ast.Node) bool {
					if call, is := n.(*ast.CallExpr); is && calleeName(call, true) == in.Name.Name {
						calls++
						ok = ok && i < len(call.Args) && x.fixed(call.Args[i], caller)
					}
					return ok
				})
				if !ok {
					return false
				}
			}
		}
		if calls == 0 {
			return false
		}
	} else if len(values) == 0 {
		return x.topLevel(name)
	}
	for _, v := range values {
		if v == nil || !x.fixed(v, in) {
			return false
		}
	}
	return true
}

// topLevel reports whether the package declares the name.
func (x *fixing) topLevel(name string) bool {
	for _, s := range x.s.siblings {
		for _, d := range declarations(s.file) {
			if f, isFunc := d.node.(*ast.FuncDecl); d.name == name && (!isFunc || f.Recv == nil) {
				return true
			}
		}
	}
	return false
}

// assigned lists what a local name is given in a function; nil stands for what is unknown.
func assigned(name string, in *ast.FuncDecl) (values []ast.Expr) {
	is := func(e ast.Expr) bool { id, ok := e.(*ast.Ident); return ok && id.Name == name }
	ast.Inspect(in.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if is(left) && len(n.Lhs) == len(n.Rhs) {
					values = append(values, n.Rhs[i])
				} else if is(left) {
					values = append(values, nil)
				}
			}
		case *ast.ValueSpec:
			for i, left := range n.Names {
				if left.Name == name && i < len(n.Values) {
					values = append(values, n.Values[i])
				}
			}
		case *ast.RangeStmt:
			if is(n.Key) || is(n.Value) {
				values = append(values, n.X)
			}
		case *ast.FuncLit:
			for _, field := range n.Type.Params.List {
				for _, p := range field.Names {
					if p.Name == name {
						values = append(values, nil)
					}
				}
			}
		}
		return true
	})
	return values
}

func parameter(name string, in *ast.FuncDecl) int {
	i := 0
	for _, field := range in.Type.Params.List {
		for _, p := range field.Names {
			if p.Name == name {
				return i
			}
			i++
		}
	}
	return -1
}

// calleeName is the function's name, with methods only where asked; type arguments are left out.
func calleeName(call *ast.CallExpr, methods bool) string {
	fun := call.Fun
	if index, ok := fun.(*ast.IndexExpr); ok {
		fun = index.X
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		if methods {
			return fun.Sel.Name
		}
	}
	return ""
}

// TestBuiltSQL shows what passes and what does not (IN-11).
func TestBuiltSQL(t *testing.T) {
	cases := map[string]bool{
		`func f(n string) string { return "DELETE FROM t WHERE a = " + n }`:                                              false,
		`func f(n string) string { return fmt.Sprintf("SELECT a FROM t ORDER BY %s", n) }`:                               false,
		`func f(b *strings.Builder, n string) { b.WriteString("UPDATE t SET a = " + n) }`:                                false,
		`func F(n string) string { return g(n) }; func g(n string) string { return "SELECT a FROM t WHERE " + n }`:       false,
		`func F() string { return g("a = ?") }; func g(n string) string { return "SELECT a FROM t WHERE " + n }`:         true,
		`func F() string { return G("a = ?") }; func G(n string) string { return "SELECT a FROM t WHERE " + n }`:         false,
		`func f(r R) string { n := r.Name; return "SELECT a FROM t WHERE " + n }`:                                        false,
		`func f(ok bool) string { n := ""; if ok { n = "FOR UPDATE" }; return "SELECT a FROM t " + n }`:                  true,
		`func f(r R) string { n := ""; if r.ok { n = r.Name }; return "SELECT a FROM t " + n }`:                          false,
		`var all = []string{"a"}; func f() { for _, n := range all { g("DELETE FROM " + n) } }`:                          true,
		`func f(all []string) { for _, n := range all { g("DELETE FROM " + n) } }`:                                       false,
		`const cols = "a"; func f() string { return "SELECT " + cols + " FROM t" }`:                                      true,
		`func cols(s string) string { return s }; func f() string { return "SELECT " + cols("a") + " FROM t" }`:          true,
		`func cols(s string) string { return s }; func f(n string) string { return "SELECT a FROM t WHERE " + cols(n) }`: false,
		`func f(n int) string { return "please select one from the list" }`:                                              true,
	}
	for text, fine := range cases {
		s, err := parse("x/x.go", "package x; "+text)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(builtSQL(s)) == 0; got != fine {
			t.Errorf("%s\npasses: %v", strings.ReplaceAll(text, "; ", "\n"), got)
		}
	}
}
