package spec

import (
	"regexp"
	"strings"
	"testing"
)

func TestTablesParse(t *testing.T) {
	requirements, err := Requirements()
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`^[A-Z]{2}-[0-9]{2}$`)
	for _, r := range requirements {
		if !id.MatchString(r.ID) {
			t.Errorf("%q is not a requirement id", r.ID)
		}
		if !strings.Contains(" Crit High Med Low ", " "+r.Severity+" ") || !strings.Contains(" H B U C ", " "+r.Mode+" ") {
			t.Errorf("%s: severity %q, mode %q", r.ID, r.Severity, r.Mode)
		}
		checkRow(t, r)
	}
	behaviours, err := Behaviours()
	if err != nil {
		t.Fatal(err)
	}
	id = regexp.MustCompile(`^[A-E][0-9]{1,2}$`)
	for _, r := range behaviours {
		if !id.MatchString(r.ID) {
			t.Errorf("%q is not a behaviour id", r.ID)
		}
		checkRow(t, r)
	}
	if len(requirements) != 302 || len(behaviours) != 58 {
		t.Errorf("%d requirements and %d behaviours; rows are added on purpose and never lost", len(requirements), len(behaviours))
	}
}

func checkRow(t *testing.T, r Row) {
	t.Helper()
	if r.Since < 1 || r.Since > 4 || strings.TrimSpace(r.Check) == "" {
		t.Errorf("%s: since %d, check %q", r.ID, r.Since, r.Check)
	}
}

func TestParseTSVRefuses(t *testing.T) {
	columns := []string{"id", "since"}
	for name, text := range map[string]string{
		"wrong header": "id\tcheck\nX\t1\n",
		"short row":    "id\tsince\nX\n",
		"long row":     "id\tsince\nX\t1\t2\n",
		"empty":        "",
	} {
		if _, err := parseTSV(text, columns); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := unique([]Row{{ID: "X"}, {ID: "Y"}, {ID: "X"}}); err == nil {
		t.Error("a repeated id was accepted")
	}
}
