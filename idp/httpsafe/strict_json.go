package httpsafe

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// MaxJSONDepth is how deep objects and arrays may nest in anything read from outside.
const MaxJSONDepth = 16

var errJSON = errors.New("not one well-formed JSON value")

// StrictJSON refuses what two parsers could read differently: invalid UTF-8, a byte
// order mark, an object that has a member twice, nesting beyond MaxJSONDepth, and
// anything but white space after the one value (RFC 8259 sections 4, 8.1 and 9).
func StrictJSON(raw []byte) error {
	if !utf8.Valid(raw) || bytes.HasPrefix(raw, []byte("\ufeff")) {
		return errJSON
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := strictValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errJSON
	}
	return nil
}

func strictValue(d *json.Decoder, depth int) error {
	token, err := d.Token()
	if err != nil {
		return errJSON
	}
	opening, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if depth++; depth > MaxJSONDepth {
		return errJSON
	}
	seen := map[string]bool{}
	for d.More() {
		if opening == '{' {
			name, err := d.Token()
			if err != nil {
				return errJSON
			}
			member, ok := name.(string)
			if !ok || seen[member] {
				return errJSON
			}
			seen[member] = true
		}
		if err := strictValue(d, depth); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return errJSON
	}
	return nil
}
