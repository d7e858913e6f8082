package spec

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sekisho/config"
)

var update = flag.Bool("update", false, "write DEFAULTS.md anew")

// chapters are the parts of the configuration whose defaults the documents speak of.
var chapters = []struct {
	title    string
	sections []string
}{
	{"Assurance", []string{"assurance"}},
	{"Authenticators", []string{"passkey", "password", "totp", "email_code", "invitation", "contact"}},
	{"Throttling", []string{"throttle"}},
	{"Sessions", []string{"session", "interaction"}},
	{"Tokens and keys", []string{"tokens"}},
	{"Notices", []string{"notices"}},
	{"Audit", []string{"audit"}},
}

// TestDefaultsDocument proves that DEFAULTS.md says what the code does (OP-05).
func TestDefaultsDocument(t *testing.T) {
	want := defaultsDocument(config.Default())
	if *update {
		if err := os.WriteFile("DEFAULTS.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("DEFAULTS.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("DEFAULTS.md is not what config.Default() gives; run: go test ./idp/spec -run TestDefaultsDocument -update")
	}
}

func defaultsDocument(c *config.Config) string {
	var b strings.Builder
	b.WriteString("# Defaults\n\nWhat holds where a firm's configuration says nothing. Written from the code by a test of this\n" +
		"package, which fails when the two differ.\n")
	for _, chapter := range chapters {
		fmt.Fprintf(&b, "\n## %s\n\n| key | default | meaning |\n| --- | --- | --- |\n", chapter.title)
		for _, section := range chapter.sections {
			value, ok := sectionOf(c, section)
			if !ok {
				fmt.Fprintf(&b, "| `%s` | no such section | |\n", section)
				continue
			}
			writeKeys(&b, section, value)
		}
	}
	return b.String()
}

func sectionOf(c *config.Config, name string) (reflect.Value, bool) {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("koanf") == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func writeKeys(b *strings.Builder, prefix string, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := field.Tag.Get("koanf")
		if name == "" || name == "-" {
			continue
		}
		key, value := prefix+"."+name, v.Field(i)
		switch value.Interface().(type) {
		case map[string]config.Operation:
			names := make([]string, 0, value.Len())
			for _, k := range value.MapKeys() {
				names = append(names, k.String())
			}
			slices.Sort(names)
			for _, n := range names {
				fmt.Fprintf(b, "| `%s.%s` | %s | |\n", key, n, shown(value.MapIndex(reflect.ValueOf(n))))
			}
			continue
		case config.Argon2, config.Pepper, config.TransactionPassword:
			writeKeys(b, key, value)
			continue
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", key, shown(value), strings.ReplaceAll(field.Tag.Get("doc"), "|", "\\|"))
	}
}

func shown(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return period(x)
	case config.Rate:
		return fmt.Sprintf("%d at once, then one each %s", x.Burst, period(x.Every))
	case config.Lock:
		return fmt.Sprintf("%s from failure %d, doubling up to %s; shut at %d; forgotten after %s",
			period(x.Base), x.Threshold, period(x.Max), x.HardCap, period(x.Forget))
	case config.Operation:
		return operation(x)
	case []string:
		if len(x) > 0 {
			return strings.Join(x, ", ")
		}
	case bool:
		return map[bool]string{true: "yes", false: "no"}[x]
	default:
		if !v.IsZero() || v.CanInt() || v.CanUint() {
			return fmt.Sprint(x)
		}
	}
	return "—"
}

func operation(o config.Operation) string {
	parts := []string{o.Level}
	if o.Level == "" {
		parts[0] = "any level"
	}
	if o.MaxAge > 0 {
		parts = append(parts, "at most "+period(o.MaxAge)+" old")
	}
	if o.Once {
		parts = append(parts, "once per request")
	}
	if o.TrustedPasskey {
		parts = append(parts, "no passkey that is cooling off")
	}
	if o.TransactionPassword {
		parts = append(parts, "with the transaction password")
	}
	if o.TransactionOr != "" {
		parts = append(parts, "or "+o.TransactionOr+" instead")
	}
	if len(o.Choices) > 0 {
		parts = append(parts, "customers may choose "+strings.Join(o.Choices, ", "))
	}
	if o.Deny {
		parts = append(parts, "denied")
	}
	return strings.Join(parts, ", ")
}

// period prints a duration as people say it.
func period(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == 0:
		return "0"
	case d%day == 0:
		return fmt.Sprintf("%d d", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d%time.Second == 0:
		return fmt.Sprintf("%d s", d/time.Second)
	default:
		return fmt.Sprintf("%d ms", d/time.Millisecond)
	}
}
