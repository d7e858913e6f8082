package mtls

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strings"
)

// attributeTypes are the short names of RFC 4514 section 3, and those of common use.
var attributeTypes = map[string]string{
	"CN": "2.5.4.3", "L": "2.5.4.7", "ST": "2.5.4.8", "O": "2.5.4.10", "OU": "2.5.4.11", "C": "2.5.4.6", "STREET": "2.5.4.9",
	"DC": "0.9.2342.19200300.100.1.25", "UID": "0.9.2342.19200300.100.1.1", "SERIALNUMBER": "2.5.4.5", "ORGANIZATIONIDENTIFIER": "2.5.4.97",
}

// ValidDN reports whether s is a distinguished name as RFC 4514 writes it, with attribute
// types this package knows.
func ValidDN(s string) bool {
	name, ok := parseDN(s)
	return ok && len(name) > 0
}

// sameDN compares a certificate's subject with a registered name, part by part. Values are
// compared as they are: a difference in letter case is another name.
func sameDN(rawSubject []byte, registered string) bool {
	var sequence pkix.RDNSequence
	if rest, err := asn1.Unmarshal(rawSubject, &sequence); err != nil || len(rest) > 0 {
		return false
	}
	want, ok := parseDN(registered)
	if !ok || len(want) == 0 || len(want) != len(sequence) {
		return false
	}
	slices.Reverse(sequence) // the string form begins with the most specific part
	for i, part := range sequence {
		var have []string
		for _, a := range part {
			value, isText := a.Value.(string)
			if !isText {
				return false
			}
			have = append(have, a.Type.String()+"="+value)
		}
		slices.Sort(have)
		if !slices.Equal(have, want[i]) {
			return false
		}
	}
	return true
}

// parseDN reads a distinguished name into its parts, each a sorted list of OID=value.
func parseDN(s string) (name [][]string, ok bool) {
	for _, part := range splitUnescaped(s, ',') {
		var values []string
		for _, pair := range splitUnescaped(part, '+') {
			kind, value, found := strings.Cut(pair, "=")
			oid, known := attributeTypes[strings.ToUpper(strings.TrimSpace(kind))]
			text, fine := unescaped(trimUnescaped(value))
			if !found || !known || !fine || text == "" {
				return nil, false
			}
			values = append(values, oid+"="+text)
		}
		slices.Sort(values)
		name = append(name, values)
	}
	return name, true
}

func splitUnescaped(s string, at byte) []string {
	var out []string
	begin := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case at:
			out = append(out, s[begin:i])
			begin = i + 1
		}
	}
	return append(out, s[begin:])
}

// trimUnescaped takes off spaces around a value, but not one that is escaped at its end.
func trimUnescaped(s string) string {
	s = strings.TrimLeft(s, " ")
	trimmed := strings.TrimRight(s, " ")
	if strings.HasSuffix(trimmed, `\`) && len(trimmed) < len(s) {
		return trimmed + " "
	}
	return trimmed
}

// unescaped resolves backslashes: before a special character, or two hexadecimal digits
// (RFC 4514 section 2.4). Values in "#" form are not supported.
func unescaped(s string) (string, bool) {
	if strings.HasPrefix(s, "#") {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			if strings.IndexByte(`"+,;<>`+"\x00", s[i]) >= 0 {
				return "", false
			}
			b.WriteByte(s[i])
			continue
		}
		if i+2 < len(s) {
			if raw, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b.Write(raw)
				i += 2
				continue
			}
		}
		if i++; i == len(s) || strings.IndexByte(` "#+,;<=>\`, s[i]) < 0 {
			return "", false
		}
		b.WriteByte(s[i])
	}
	return b.String(), true
}
