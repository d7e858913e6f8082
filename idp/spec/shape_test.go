package spec

import (
	"go/ast"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Longer files and functions are listed here with the reason. The lists start empty and a
// line that no longer applies fails, so they cannot only grow.
var (
	longFiles     = map[string]string{}
	longFunctions = map[string]string{} // "idp/x/file.go Name"
)

const (
	maxFileLines     = 400
	maxFunctionLines = 60
)

func handWritten(s *source) bool { return !s.test && !s.generated }

func TestFilesAndFunctionsAreShort(t *testing.T) {
	used := map[string]bool{}
	for _, s := range sources(t, handWritten) {
		if n := s.fset.Position(s.file.FileEnd).Line; n > maxFileLines {
			if longFiles[s.path] == "" {
				t.Errorf("%s has %d lines, at most %d", s.path, n, maxFileLines)
			}
			used[s.path] = true
		}
		for name, lines := range longFunctionsIn(s) {
			key := s.path + " " + name
			if longFunctions[key] == "" {
				t.Errorf("%s has %d lines, at most %d", key, lines, maxFunctionLines)
			}
			used[key] = true
		}
	}
	for _, list := range []map[string]string{longFiles, longFunctions} {
		for key := range list {
			if !used[key] {
				t.Errorf("%s is excused but not long", key)
			}
		}
	}
}

func longFunctionsIn(s *source) map[string]int {
	out := map[string]int{}
	for _, decl := range s.file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		if n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1; n > maxFunctionLines {
			out[f.Name.Name] = n
		}
	}
	return out
}

func TestLongFunctionIsSeen(t *testing.T) {
	for lines, want := range map[int]int{maxFunctionLines: 0, maxFunctionLines + 1: 1} {
		s, err := parse("x.go", "package x\nfunc f() {"+strings.Repeat("\n", lines-1)+"}\n")
		if err != nil {
			t.Fatal(err)
		}
		if got := len(longFunctionsIn(s)); got != want {
			t.Errorf("%d lines: %d findings, want %d", lines, got, want)
		}
	}
}

func TestEveryPackageHasADoc(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t, shipped) {
		doc := strings.TrimSpace(s.file.Doc.Text())
		documented[s.folder] = documented[s.folder] || len(doc) >= 40
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment that says what it owns", folder)
		}
	}
}

// TestTopLevelFolders keeps the layout that the README describes.
func TestTopLevelFolders(t *testing.T) {
	allowed := map[string]bool{"cmd": true, "idp": true, "login-ui": true, "storage": true, "config": true}
	ignored, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(ignored)) {
		if name := strings.Trim(line, "/"); strings.HasPrefix(line, "/") && strings.HasSuffix(line, "/") {
			allowed[name] = true // built or written at run time, never committed
		}
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !allowed[e.Name()] && !strings.HasPrefix(e.Name(), ".") {
			t.Errorf("top-level folder %s/ has no place in the layout", e.Name())
		}
	}
}
