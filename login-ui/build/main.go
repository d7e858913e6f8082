// Command build makes login-ui/dist from login-ui/scripts and login-ui/styles with
// esbuild as a library: go run ./login-ui/build
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if err := write("login-ui"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write builds the files of root (the login-ui folder) into root/dist.
func write(root string) error {
	files, err := bundle(root)
	if err != nil {
		return err
	}
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(root, "dist", name), body, 0o644); err != nil { //nolint:gosec // public files
			return err
		}
	}
	return nil
}

// bundle gives the content of dist by file name.
func bundle(root string) (map[string][]byte, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: abs,
		EntryPoints:   []string{"scripts/sekisho.ts", "scripts/keyboard.ts", "scripts/try.ts", "styles/sekisho.css", "styles/noscript.css"},
		EntryNames:    "[name]",
		Outdir:        "dist",
		Bundle:        true,
		Format:        api.FormatESModule,
		// What passkey-capable browsers in use understand; older ones get the password path, which needs no script.
		Engines: []api.Engine{{Name: api.EngineChrome, Version: "108"}, {Name: api.EngineSafari, Version: "16"},
			{Name: api.EngineFirefox, Version: "115"}},
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		Charset:       api.CharsetUTF8,
		LegalComments: api.LegalCommentsNone,
	})
	if len(result.Errors) > 0 {
		var errs []error
		for _, m := range result.Errors {
			at := ""
			if m.Location != nil {
				at = fmt.Sprintf("%s:%d: ", m.Location.File, m.Location.Line)
			}
			errs = append(errs, errors.New(at+m.Text))
		}
		return nil, errors.Join(errs...)
	}
	files := map[string][]byte{}
	for _, f := range result.OutputFiles {
		files[filepath.Base(f.Path)] = f.Contents
	}
	return files, nil
}
