package spec

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// root is the repository's top folder as seen from this package.
const root = "../.."

// module is the module path that our import paths begin with.
const module = "sekisho/"

// source is one parsed Go file.
type source struct {
	path      string // slash-separated, from the top folder
	folder    string // "idp/oidc"
	test      bool
	generated bool
	file      *ast.File
	fset      *token.FileSet
	siblings  []*source // the other non-test files of the folder, and this one
}

func (s *source) at(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(pos).Line)
}

// function is the name of the top-level function around pos, "" when there is none.
func (s *source) function(pos token.Pos) string {
	for _, decl := range s.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Pos() <= pos && pos < f.End() {
			return f.Name.Name
		}
	}
	return ""
}

// imports lists the import paths of the file, ours without the module's name.
func (s *source) imports() []string {
	var out []string
	for _, spec := range s.file.Imports {
		out = append(out, strings.Trim(spec.Path.Value, "`\""))
	}
	return out
}

func parse(path, text string) (*source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	s := &source{
		path: path, folder: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go"),
		generated: ast.IsGenerated(file), file: file, fset: fset,
	}
	s.siblings = []*source{s}
	return s, nil
}

// walk visits every file of ours below the top folder, dot-folders left out.
func walk(visit func(path string) error) error {
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skippedFolder(filepath.ToSlash(rel)) {
				return fs.SkipDir
			}
			return nil
		}
		return visit(filepath.ToSlash(rel))
	})
}

var tree = sync.OnceValues(func() ([]*source, error) {
	var all []*source
	folders := map[string][]*source{}
	err := walk(func(path string) error {
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		s, err := parse(path, string(text))
		if err != nil {
			return err
		}
		all = append(all, s)
		if !s.test {
			folders[s.folder] = append(folders[s.folder], s)
		}
		return nil
	})
	for _, s := range all {
		s.siblings = folders[s.folder]
	}
	return all, err
})

// sources is every Go file of the repository that keep accepts.
func sources(t *testing.T, keep func(*source) bool) []*source {
	t.Helper()
	all, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	var out []*source
	for _, s := range all {
		if keep(s) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		t.Fatal("no files found: the check looks at nothing")
	}
	return out
}

func shipped(s *source) bool { return !s.test }
