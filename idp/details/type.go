package details

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Words are a text by language.
type Words map[string]string

// In is the text in a language, or in Japanese where it was not written in it.
func (w Words) In(lang string) string {
	if w[lang] != "" {
		return w[lang]
	}
	return w["ja"]
}

// Field is one member of a transaction as its page shows it.
type Field struct {
	Name   string // its path in the object, as in payee.number
	Label  Words
	Format string // one of Formats
	Large  bool
	Words  map[string]Words // for the format word: what each value is called
}

// Type is one kind of transaction.
type Type struct {
	Name      string
	Operation string // bare name of the operation of the firm's policy
	Title     Words
	Once      bool // its access token is good for one act
	// Unprotected: also taken as plain parameters through the browser, where whoever stands
	// between can change them before the customer sees them.
	Unprotected bool
	Fields      []Field
	Schema      string // JSON Schema of the whole object

	compiled *jsonschema.Schema
}

// Registry holds the types of one provider, by name.
type Registry struct{ types map[string]*Type }

// NewRegistry compiles the schemas. A schema never reads another document.
func NewRegistry(types []Type) (*Registry, error) {
	r := &Registry{types: map[string]*Type{}}
	for _, t := range types {
		compiled, err := compile(t.Schema)
		if err != nil {
			return nil, fmt.Errorf("transaction type %s: %w", t.Name, err)
		}
		for _, f := range t.Fields {
			if !slices.Contains(Formats, f.Format) {
				return nil, fmt.Errorf("transaction type %s: field %s: no such format", t.Name, f.Name)
			}
		}
		t.compiled = compiled
		r.types[t.Name] = &t
	}
	return r, nil
}

// Names of the types, sorted.
func (r *Registry) Names() []string {
	if r == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(r.types))
}

// Type finds a type by name; nil when there is none.
func (r *Registry) Type(name string) *Type {
	if r == nil {
		return nil
	}
	return r.types[name]
}

type noLoader struct{}

func (noLoader) Load(string) (any, error) {
	return nil, errors.New("schemas refer to no other document")
}

func compile(schema string) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		return nil, fmt.Errorf("the schema is not JSON: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.AssertFormat()
	if err := c.AddResource("urn:sekisho:transaction", doc); err != nil {
		return nil, err
	}
	return c.Compile("urn:sekisho:transaction")
}
