package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sekisho/idp/spec"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	proves := `package p; import "testing"; func TestX(t *testing.T) { t.Run("ZZ-01 D8", func(*testing.T) {}) }`
	for _, folder := range []string{"idp/provider", "idp/assurance"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, folder, "p_test.go"), []byte(proves), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cases := []struct {
		name, out string
		args      []string
		fails     bool
	}{
		{name: "rows without a test fail", args: []string{"-dir", dir}, out: "missing: AZ-01 ", fails: true},
		{name: "behaviours too", args: []string{"-dir", dir, "-table", "behaviours"}, out: "D8          m1  idp/provider.TestX/ZZ-01 D8\n", fails: true},
		{name: "the whole table, later rows marked", args: []string{"-dir", dir, "-table", "behaviours"}, out: "C1          m4  later\n", fails: true},
		{name: "nothing is in scope before the first milestone", args: []string{"-dir", dir, "-milestone", "0"}, out: "0 of 0 rows"},
		{name: "conformance modules of plans not adopted are open", args: []string{"-dir", dir, "-table", "conformance", "-milestone", "2"}, out: "    oidcc-" + "server: open\n"},
		{name: "and fail once they are", args: []string{"-dir", dir, "-table", "conformance", "-milestone", "3"}, out: "    oidcc-" + "server: MISSING\n", fails: true},
		{name: "a table that is not there", args: []string{"-table", "other"}, fails: true},
		{name: "a flag that is not there", args: []string{"-verbose"}, fails: true},
		{name: "a folder that is not there", args: []string{"-dir", filepath.Join(dir, "none")}, fails: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(c.args, &out)
			if (err != nil) != c.fails || !strings.Contains(out.String(), c.out) {
				t.Errorf("error %v, output %.300q", err, out.String())
			}
		})
	}
	var out bytes.Buffer
	if err := run([]string{"-dir", dir, "-table", "behaviours", "-json"}, &out); err == nil {
		t.Error("incomplete, but no error")
	}
	var report spec.Report
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || len(report.Missing) == 0 {
		t.Errorf("%v: %.300q", err, out.String())
	}
}
