package config

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

// Schema is the JSON Schema (2020-12) of the configuration file, with the documentation,
// default and bounds of every key: what --print-schema prints, and what editors read.
func Schema() []byte {
	r := jsonschema.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		FieldNameTag:               "koanf",
		RequiredFromJSONSchemaTags: true,
		Mapper:                     mapped,
		LookupComment: func(t reflect.Type, field string) string {
			if field == "" || t.Kind() != reflect.Struct {
				return ""
			}
			f, _ := t.FieldByName(field)
			return f.Tag.Get("doc")
		},
	}
	s := r.Reflect(Config{})
	s.Title = "Sekisho configuration"
	s.Required = []string{"issuer"}
	annotate(s, s.Definitions, reflect.ValueOf(*Default()), true)
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // a programming error: the schema is built from fixed types
	}
	return append(out, '\n')
}

// mapped says how types that read text appear in the file.
func mapped(t reflect.Type) *jsonschema.Schema {
	switch t {
	case durationType:
		return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`}
	case timeType:
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case prefixType:
		return &jsonschema.Schema{Type: "string", Description: "CIDR"}
	}
	return nil
}

// annotate adds defaults and bounds. Types that occur in several places share a
// definition, so their defaults stand at the place and not in the definition.
func annotate(s *jsonschema.Schema, defs jsonschema.Definitions, v reflect.Value, defaults bool) {
	keys, byKey := fields(v.Type())
	for _, key := range keys {
		property, ok := s.Properties.Get(key)
		if !ok {
			continue
		}
		f, value := byKey[key], v.FieldByIndex(byKey[key].Index)
		bounds(property, f)
		if shared := shared(f.Type); f.Type.Kind() == reflect.Struct && !leaf(f.Type) && !shared {
			annotate(defs[f.Type.Name()], defs, value, defaults)
			continue
		} else if shared {
			annotate(defs[shareable(f.Type).Name()], defs, reflect.New(shareable(f.Type)).Elem(), false)
		}
		if defaults && !value.IsZero() {
			property.Default = typed(value)
		}
	}
}

func shareable(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Map {
		return t.Elem()
	}
	return t
}

func shared(t reflect.Type) bool {
	switch shareable(t) {
	case reflect.TypeFor[Operation](), reflect.TypeFor[Lock](), reflect.TypeFor[Rate](), reflect.TypeFor[StatementIssuer]():
		return true
	}
	return false
}

// typed is plain with numbers and booleans as JSON has them.
func typed(v reflect.Value) any {
	switch {
	case leaf(v.Type()) && v.Type() != durationType && v.Kind() != reflect.Struct:
		return v.Interface()
	case v.Kind() == reflect.Struct && v.Type() != timeType && v.Type() != prefixType:
		out := map[string]any{}
		keys, byKey := fields(v.Type())
		for _, key := range keys {
			if f := v.FieldByIndex(byKey[key].Index); !f.IsZero() {
				out[key] = typed(f)
			}
		}
		return out
	case v.Kind() == reflect.Map && v.Type().Elem().Kind() == reflect.Struct:
		out := map[string]any{}
		for key, value := range v.Seq2() {
			out[key.String()] = typed(value)
		}
		return out
	}
	return plain(v)
}

// bounds turns the validate tag into the schema's own words.
func bounds(s *jsonschema.Schema, f reflect.StructField) {
	target := s
	for rule := range strings.SplitSeq(f.Tag.Get("validate"), ",") {
		name, param, _ := strings.Cut(rule, "=")
		switch name {
		case "dive":
			if target = s.Items; target == nil {
				return // a map: its entries have a definition of their own
			}
		case "oneof", "level":
			choices := strings.Fields(param)
			if name == "level" {
				choices = append([]string{""}, levels...)
			}
			target.Enum = nil // a shared definition comes by several times
			for _, c := range choices {
				if n, err := strconv.Atoi(c); err == nil && f.Type.Kind() == reflect.Int {
					target.Enum = append(target.Enum, n)
				} else {
					target.Enum = append(target.Enum, c)
				}
			}
		case "unique":
			target.UniqueItems = true
		case "colour":
			target.Pattern = `^(#[0-9a-fA-F]{6})?$`
		case "min", "max":
			limit(target, f.Type, name, param)
		}
	}
}

func limit(s *jsonschema.Schema, t reflect.Type, name, param string) {
	n, err := strconv.ParseUint(param, 10, 63)
	switch {
	case err != nil: // a duration: JSON Schema cannot say it
	case t.Kind() == reflect.Slice && name == "min":
		s.MinItems = &n
	case t.Kind() == reflect.String && name == "max":
		s.MaxLength = &n
	case name == "min":
		s.Minimum = json.Number(param)
	default:
		s.Maximum = json.Number(param)
	}
}
