package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite sekisho.schema.json")

const (
	exampleFile = "sekisho.example.yaml"
	schemaFile  = "sekisho.schema.json"
)

// The schema beside the example is the one the program prints.
func TestSchemaFile(t *testing.T) {
	if *update {
		if err := os.WriteFile(schemaFile, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, Schema()) {
		t.Errorf("%s is out of date: run go test ./config -run TestSchemaFile -update", schemaFile)
	}
}

// node is as much of JSON Schema as the schema uses.
type node struct {
	Ref                  string `json:"$ref"`
	Type                 string
	Description          string
	Default              any
	Enum                 []any
	Minimum, Maximum     any
	Properties           map[string]node
	AdditionalProperties json.RawMessage
	Defs                 map[string]node `json:"$defs"`
}

func schema(t *testing.T) node {
	t.Helper()
	var n node
	if err := json.Unmarshal(Schema(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// at follows a key path, NAME being any name the firm chooses.
func (n node) at(t *testing.T, path string) (node, bool) {
	t.Helper()
	root := n
	for key := range strings.SplitSeq(path, ".") {
		if n.Ref != "" {
			n = root.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
		}
		if key == "NAME" {
			var inner node
			if err := json.Unmarshal(n.AdditionalProperties, &inner); err != nil {
				return node{}, false
			}
			n = inner
			continue
		}
		next, ok := n.Properties[key]
		if !ok {
			return node{}, false
		}
		n = next
	}
	return n, true
}

func TestSchemaDocumentsEveryKey(t *testing.T) {
	root := schema(t)
	for _, path := range KeyPaths() {
		n, ok := root.at(t, path)
		if !ok {
			t.Errorf("%s is not in the schema", path)
		} else if !strings.HasSuffix(path, ".NAME") && len(n.Description) < 10 {
			t.Errorf("%s is described as %q", path, n.Description)
		}
	}
	for path, want := range map[string]node{
		"session.idle":                    {Type: "string", Default: "1h"},
		"password.min_length":             {Type: "integer", Default: 12.0, Minimum: 8.0, Maximum: 64.0},
		"assurance.password_allowed":      {Type: "boolean", Default: true},
		"mode":                            {Type: "string", Default: "production", Enum: []any{"production", "development"}},
		"tokens.refresh_grace":            {Type: "string", Default: "10s"},
		"tokens.algorithms":               {Type: "array", Default: []any{"ES256", "RS256", "PS256", "EdDSA"}},
		"assurance.operations.NAME.level": {Type: "string", Enum: []any{"", LevelEmail, LevelMFA, LevelPhishingResistant, LevelPhishingResistantHardware}},
	} {
		got, _ := root.at(t, path)
		if got.Type != want.Type || !reflect.DeepEqual(got.Default, want.Default) || !reflect.DeepEqual(got.Enum, want.Enum) ||
			!reflect.DeepEqual(got.Minimum, want.Minimum) || !reflect.DeepEqual(got.Maximum, want.Maximum) {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
	if lock, _ := root.at(t, "throttle.password"); lock.Default.(map[string]any)["hard_cap"] != 100.0 {
		t.Errorf("throttle.password defaults to %v", lock.Default)
	}
	if strings.Contains(string(Schema()), "ecret\":") {
		t.Error("a Secret is in the schema")
	}
}

func TestExampleStarts(t *testing.T) {
	c, err := Load(exampleFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Mode != Development || c.Firm.Name["ja"] != "青葉証券" {
		t.Errorf("%+v", c)
	}
}

// With every "#" in front of a key taken away the example still holds, and then it names
// every key there is; what it shows as a default is one.
func TestExampleNamesEveryKey(t *testing.T) {
	content, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	full := regexp.MustCompile(`(?m)^( *)#([a-z0-9_]+:)`).ReplaceAll(content, []byte("$1$2"))
	var doc document
	tree, _ := doc.Unmarshal(full)
	var w walker
	w.walk(reflect.TypeFor[Config](), any(tree), "")
	if got := append(doc.problems, w.problems...); len(got) > 0 {
		t.Fatal(got)
	}
	chosen := regexp.MustCompile(`^assurance\.operations\.[a-z_]+`)
	deal := regexp.MustCompile(`^transactions\.[a-z_]+`)
	question := regexp.MustCompile(`^security_question\.questions\.[a-z_]+`)
	statements := regexp.MustCompile(`^registration\.statements\.[a-z_]+`)
	exchange := regexp.MustCompile(`^tokens\.exchange\.[a-z_]+`)
	named := map[string]bool{}
	for path := range doc.lines {
		named[path] = true
		named[chosen.ReplaceAllString(path, "assurance.operations.NAME")] = true
		named[deal.ReplaceAllString(path, "transactions.NAME")] = true
		named[question.ReplaceAllString(path, "security_question.questions.NAME")] = true
		named[statements.ReplaceAllString(path, "registration.statements.NAME")] = true
		named[exchange.ReplaceAllString(path, "tokens.exchange.NAME")] = true
	}
	for _, path := range KeyPaths() {
		// sign_in takes the same keys as an operation; the example shows them once.
		shown := strings.Replace(path, "assurance.sign_in.", "assurance.operations.NAME.", 1)
		if !named[shown] {
			t.Errorf("%s is not in the example", path)
		}
	}
	defaults := plain(reflect.ValueOf(*Default())).(map[string]any)
	own := []string{"issuer", "mode", "listen.addr", "firm", "mail.from", "mail.from_name", "mail.smtp", "kek.file", "listen.tls", "listen.redirect_addr", "listen.trusted_proxies", "listen.mtls",
		"passkey.rp_id", "passkey.origins", "password.extra_words", "password.transaction.enabled", "password.pepper.file", "totp.issuer", "assurance.operations", "security_question.questions", "registration.resources", "registration.statements", "tokens.exchange", "transactions"}
	compare(t, tree, defaults, "", own)
}

// compare holds what the example shows against the defaults, except for the firm's own.
func compare(t *testing.T, shown, defaults any, path string, own []string) {
	t.Helper()
	if slices.Contains(own, path) {
		return
	}
	tree, ok := shown.(map[string]any)
	if !ok {
		if !reflect.DeepEqual(shown, defaults) {
			t.Errorf("the example shows %s: %v, the default is %v", path, shown, defaults)
		}
		return
	}
	for key, value := range tree {
		compare(t, value, defaults.(map[string]any)[key], join(path, key), own)
	}
}
