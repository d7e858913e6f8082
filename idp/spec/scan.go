package spec

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Proof is a test that names an id.
type Proof struct {
	ID   string `json:"id"`
	Test string `json:"test"` // folder.TestName or folder.TestName/subtest
	File string `json:"file"`
	Line int    `json:"line"`
}

// idPattern finds requirement ids (AZ-01) and behaviour ids (D3). What stands next to an
// id must not make it part of a longer word, number, path or encoded value.
var idPattern = regexp.MustCompile(`(?:^|[^A-Za-z0-9_/+=%.#-])([A-Z]{2}-[0-9]{2}|[A-E][0-9]{1,2})(?:[^A-Za-z0-9_/+=%-]|$)`)

// modulePattern finds names of conformance modules; those of the form_post plan, whose
// modules are called like those of the basic one, with their plan before them.
var modulePattern = regexp.MustCompile(`(?:^|[^A-Za-z0-9_/.-])((?:oidcc-formpost-basic/)?(?:oidcc|fapi2-security-profile-final)-[a-z0-9][A-Za-z0-9_-]*)`)

// idsIn lists the ids and module names in a text with their offsets.
func idsIn(text string) (ids []string, offsets []int) {
	ids, offsets = requirementsIn(text)
	for _, m := range modulePattern.FindAllStringSubmatchIndex(text, -1) {
		if name := strings.TrimRight(text[m[2]:m[3]], "-_"); !strings.HasSuffix(name, "-test-plan") {
			ids, offsets = append(ids, name), append(offsets, m[2])
		}
	}
	return ids, offsets
}

func requirementsIn(text string) (ids []string, offsets []int) {
	for at := 0; at < len(text); {
		m := idPattern.FindStringSubmatchIndex(text[at:])
		if m == nil {
			return ids, offsets
		}
		ids = append(ids, text[at+m[2]:at+m[3]])
		offsets = append(offsets, at+m[2])
		at += m[3] // the character after an id may be the one before the next
	}
	return ids, offsets
}

// skippedFolder says which folders, by their path from the top, hold nothing of ours to
// read: what others wrote, what is built, and what a run leaves behind.
func skippedFolder(folder string) bool {
	name := path.Base(folder)
	return name == "node_modules" || name == "testdata" || name == "dist" || folder == "bin" || folder == "data" ||
		strings.HasPrefix(name, ".") && name != "."
}

// Scan reads every *_test.go and *.mjs under fsys and returns what they name, in file order.
func Scan(fsys fs.FS) ([]Proof, error) {
	folders := map[string][]string{}
	var proofs []Proof
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skippedFolder(name):
			return fs.SkipDir
		case strings.HasSuffix(name, "_test.go"):
			folders[path.Dir(name)] = append(folders[path.Dir(name)], name)
		case strings.HasSuffix(name, ".mjs"):
			src, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			proofs = append(proofs, scanNodeTest(name, string(src))...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for folder, files := range folders {
		found, err := scanFolder(fsys, folder, files)
		if err != nil {
			return nil, err
		}
		proofs = append(proofs, found...)
	}
	slices.SortStableFunc(proofs, func(a, b Proof) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return proofs, nil
}

// declaration is a top-level piece of a test file.
type declaration struct {
	name     string
	node     ast.Node
	from, to token.Pos       // with its doc comment
	uses     map[string]bool // every identifier inside
	test     bool            // the go command runs it as a test or as a fuzz target's seeds
}

// scanFolder attributes each id in the test files of one folder to the tests that stand on it.
func scanFolder(fsys fs.FS, folder string, names []string) ([]Proof, error) {
	fset := token.NewFileSet()
	var files []*ast.File
	var decls []*declaration
	for _, name := range names {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("reading tests: %w", err)
		}
		files = append(files, file)
		decls = append(decls, declarations(file)...)
	}
	var proofs []Proof
	for _, file := range files {
		eachText(file, func(text string, pos token.Pos) {
			ids, offsets := idsIn(text)
			for i, id := range ids {
				at := pos + token.Pos(offsets[i])
				for _, test := range testsAt(decls, at) {
					position := fset.Position(at)
					proofs = append(proofs, Proof{ID: id, Test: folder + "." + test, File: position.Filename, Line: position.Line})
				}
			}
		})
	}
	return proofs, nil
}

// eachText visits the comments and string literals of a file. Offsets inside a literal
// with escapes may be off by a few bytes, which no attribution depends on.
func eachText(file *ast.File, visit func(text string, pos token.Pos)) {
	for _, group := range file.Comments {
		for _, c := range group.List {
			visit(c.Text, c.Pos())
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch lit := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if lit.Kind == token.STRING {
				visit(strings.Trim(lit.Value, "`\""), lit.Pos())
			}
		}
		return true
	})
}

func declarations(file *ast.File) []*declaration {
	var out []*declaration
	add := func(name string, node ast.Node, doc *ast.CommentGroup, test bool) {
		d := &declaration{name: name, node: node, from: node.Pos(), to: node.End(), uses: map[string]bool{}, test: test}
		if doc != nil {
			d.from = doc.Pos()
		}
		ast.Inspect(node, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				d.uses[id.Name] = true
			}
			return true
		})
		out = append(out, d)
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			add(decl.Name.Name, decl, decl.Doc, decl.Recv == nil && isTest(decl.Name.Name))
		case *ast.GenDecl:
			for _, s := range decl.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					doc := s.Doc
					if doc == nil && len(decl.Specs) == 1 {
						doc = decl.Doc
					}
					for _, n := range s.Names {
						add(n.Name, s, doc, false)
					}
				case *ast.TypeSpec:
					add(s.Name.Name, s, s.Doc, false)
				}
			}
		}
	}
	return out
}

func isTest(name string) bool {
	return name != "TestMain" && (strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz"))
}

// testsAt names the tests that an id at pos belongs to: the test or subtest around it, or
// every test that reaches the table or helper around it.
func testsAt(decls []*declaration, pos token.Pos) []string {
	var home *declaration
	for _, d := range decls {
		if d.from <= pos && pos < d.to {
			home = d
		}
	}
	if home == nil {
		return nil
	}
	if home.test {
		return []string{home.name + subtestAt(home.node, pos)}
	}
	reached := map[*declaration]bool{home: true}
	var tests []string
	for queue := []*declaration{home}; len(queue) > 0; queue = queue[1:] {
		for _, d := range decls {
			if !reached[d] && d.uses[queue[0].name] {
				reached[d] = true
				if d.test {
					tests = append(tests, d.name)
				} else {
					queue = append(queue, d)
				}
			}
		}
	}
	slices.Sort(tests)
	return tests
}

// subtestAt is the path of literal t.Run names around pos, "" when there is none.
func subtestAt(node ast.Node, pos token.Pos) string {
	name := ""
	ast.Inspect(node, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || pos >= n.End() {
			return false
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "Run" {
			return true
		}
		if lit, ok := call.Args[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				name += "/" + s
			}
		}
		return true
	})
	return name
}

var nodeTest = regexp.MustCompile("\\btest\\(\\s*(?:'([^']+)'|\"([^\"]+)\"|`([^`]+)`)")

// scanNodeTest attributes the ids of a node:test script to the nearest test( above them.
func scanNodeTest(file, src string) []Proof {
	var proofs []Proof
	test := ""
	for i, line := range strings.Split(src, "\n") {
		if m := nodeTest.FindStringSubmatch(line); m != nil {
			test = m[1] + m[2] + m[3]
		}
		ids, _ := idsIn(line)
		for _, id := range ids {
			if test != "" {
				proofs = append(proofs, Proof{ID: id, Test: file + ": " + test, File: file, Line: i + 1})
			}
		}
	}
	return proofs
}
