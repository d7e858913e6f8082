package oidc

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

// What a developer is told of is what there is: every code that is declared, once.
func TestErrorCodesAreAllListed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	listed := ErrorCodes()
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "ErrorCode" {
			return true
		}
		declared++
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || !slices.Contains(listed, ErrorCode(code)) {
			t.Errorf("ErrorCodes does not list %s", code)
		}
		return true
	})
	if slices.Sort(listed); declared != len(slices.Compact(listed)) {
		t.Errorf("%d declared, %d listed", declared, len(listed))
	}
}
