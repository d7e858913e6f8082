package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The committed dist is what its sources say: nobody ships a script that cannot be read.
func TestDistIsBuiltFromItsSources(t *testing.T) {
	files, err := bundle("..")
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadDir("../dist")
	if err != nil {
		t.Fatal(err)
	}
	if len(committed) != len(files) {
		t.Errorf("dist holds %d files, the sources make %d", len(committed), len(files))
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("../dist", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("dist/%s is not what its sources make: go run ./login-ui/build", name)
		}
	}
}
