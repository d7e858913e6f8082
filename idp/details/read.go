package details

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sekisho/idp"
	"sekisho/idp/httpsafe"
)

const (
	maxBytes = 4 << 10
	maxDepth = 4 // objects within objects
)

// Transaction is one transaction as it was asked for, checked.
type Transaction struct {
	Type      *Type
	Canonical []byte // the whole authorization_details parameter in canonical form (RFC 8785)
	leaves    map[string]string
}

// refuse makes an error for the developer of the relying party. It says nothing that came
// with the request.
func refuse(why string) error { return fmt.Errorf("%s: %w", why, idp.ErrRejected) }

// Read reads and checks an authorization_details parameter (RFC 9396 2 and 5; RA-01): one
// transaction of a known type that its schema accepts, every member of which the page shows.
// Every flaw wraps idp.ErrRejected.
func (r *Registry) Read(raw []byte) (*Transaction, error) {
	object, err := single(raw)
	if err != nil {
		return nil, err
	}
	if whole, err := Canonical(raw); err == nil && len(whole) > maxBytes { // escapes of a stored copy do not count
		return nil, refuse("authorization_details is too long")
	}
	var named struct {
		Type *string `json:"type"`
	}
	members := map[string]json.RawMessage{}
	if json.Unmarshal(object, &members) != nil || json.Unmarshal(members["type"], &named.Type) != nil || named.Type == nil {
		return nil, refuse("the object has no type")
	}
	t := r.Type(*named.Type)
	if t == nil {
		return nil, refuse("the type is not known here")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(object))
	if err != nil || t.compiled.Validate(value) != nil {
		return nil, refuse("the object is not what the schema of its type asks for")
	}
	tx := &Transaction{Type: t, leaves: map[string]string{}}
	if err := tx.gather("", value, 0); err != nil {
		return nil, err
	}
	for _, f := range t.Fields {
		if text, sent := tx.leaves[f.Name]; sent {
			if _, ok := f.write(text, "ja"); !ok {
				return nil, refuse("a member is not in the form its field is shown in")
			}
		}
	}
	tx.Canonical, err = canonical([]any{value})
	return tx, err
}

// single takes the one object out of the array. Several transactions are approved one by
// one: a page that lists them would be agreed to as a whole.
func single(raw []byte) (json.RawMessage, error) {
	if len(raw) > 6*maxBytes {
		return nil, refuse("authorization_details is too long")
	}
	if httpsafe.StrictJSON(raw) != nil {
		return nil, refuse("authorization_details is not well-formed JSON")
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || list == nil {
		return nil, refuse("authorization_details is not an array")
	}
	if len(list) != 1 || len(list[0]) == 0 || list[0][0] != '{' {
		return nil, refuse("authorization_details must hold exactly one object")
	}
	return list[0], nil
}

var wholeNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,14})$`)

// gather collects what is to be shown by its path, and refuses what cannot be.
func (tx *Transaction) gather(path string, value any, depth int) error {
	switch v := value.(type) {
	case map[string]any:
		if depth == maxDepth || path != "" && len(v) == 0 {
			return refuse("an object is too deep, or empty")
		}
		for name, inner := range v {
			if !memberName.MatchString(name) {
				return refuse("a member has a name that is not used here")
			}
			if err := tx.gather(join(path, name), inner, depth+1); err != nil {
				return err
			}
		}
		return nil
	case string:
		if v == "" || !visible(v) {
			return refuse("a text is empty, too long, or has characters that cannot be seen")
		}
		return tx.leaf(path, v)
	case json.Number:
		if !wholeNumber.MatchString(v.String()) {
			return refuse("a number is not a plain whole number")
		}
		return tx.leaf(path, v.String())
	}
	return refuse("a member is neither text nor number nor object")
}

func (tx *Transaction) leaf(path, text string) error {
	if path == "type" {
		return nil
	}
	if !slices.ContainsFunc(tx.Type.Fields, func(f Field) bool { return f.Name == path }) {
		return refuse("a member is not one that customers are shown")
	}
	tx.leaves[path] = text
	return nil
}

var memberName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,63}$`)

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
