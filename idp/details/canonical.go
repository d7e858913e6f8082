package details

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sekisho/idp/httpsafe"
)

// canonical is RFC 8785 for what gather lets through: objects with ASCII names, text without
// control characters, whole numbers a double holds exactly.
func canonical(value any) ([]byte, error) {
	var out bytes.Buffer
	if err := appendCanonical(&out, value); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func appendCanonical(out *bytes.Buffer, value any) error {
	switch v := value.(type) {
	case map[string]any:
		out.WriteByte('{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				out.WriteByte(',')
			}
			writeText(out, name)
			out.WriteByte(':')
			if err := appendCanonical(out, v[name]); err != nil {
				return err
			}
		}
		out.WriteByte('}')
	case []any:
		out.WriteByte('[')
		for i, inner := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := appendCanonical(out, inner); err != nil {
				return err
			}
		}
		out.WriteByte(']')
	case string:
		writeText(out, v)
	case json.Number:
		out.WriteString(v.String())
	default:
		return errors.New("details: a value that has no canonical form here")
	}
	return nil
}

func writeText(out *bytes.Buffer, s string) {
	out.WriteByte('"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			out.WriteByte('\\')
		}
		out.WriteByte(s[i])
	}
	out.WriteByte('"')
}

// Same reports whether a parameter says what was granted, however it is written (RA-03).
func Same(raw, granted []byte) bool {
	written, err := Canonical(raw)
	return err == nil && bytes.Equal(written, granted)
}

// Canonical writes a parameter that was checked once in the one form that is hashed. Whoever
// stores it as part of other JSON may find it written otherwise afterwards.
func Canonical(raw []byte) ([]byte, error) {
	if len(raw) > 6*maxBytes || httpsafe.StrictJSON(raw) != nil { // escapes make a stored copy longer, at most so much
		return nil, refuse("authorization_details is not well-formed JSON")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, refuse("authorization_details is not well-formed JSON")
	}
	return canonical(value)
}

// Hash is what stands for the transaction in a challenge.
func Hash(canonical []byte) []byte {
	sum := sha256.Sum256(canonical)
	return sum[:]
}
