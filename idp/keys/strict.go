package keys

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	josejson "github.com/go-jose/go-jose/v4/json"
)

// ErrJSON: bytes that are not one well-formed JSON object with unique members.
var ErrJSON = errors.New("not a strict JSON object")

// UnmarshalObject decodes a JSON object of a security token into v and refuses what two
// parsers might read differently (IN-06): a member that appears twice at any depth,
// invalid UTF-8, a byte order mark, numbers out of range, trailing text, member names that
// match a field only when case is ignored, and anything that is not an object.
func UnmarshalObject(raw []byte, v any) error {
	if !utf8.Valid(raw) {
		return fmt.Errorf("%w: invalid UTF-8", ErrJSON)
	}
	if trimmed := bytes.TrimLeft(raw, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return fmt.Errorf("%w: not an object", ErrJSON)
	}
	var whole map[string]any // looks into the members v does not name
	if err := josejson.Unmarshal(raw, &whole); err != nil {
		return fmt.Errorf("%w: %v", ErrJSON, err)
	}
	if err := josejson.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%w: %v", ErrJSON, err)
	}
	return nil
}
