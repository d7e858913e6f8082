package identifier

import (
	"strings"

	"golang.org/x/net/idna"
)

// Length limits of RFC 5321 section 4.5.3.1, in octets.
const (
	maxLocalPart = 64
	maxAddress   = 254
)

// Address is a mail address in its two stored forms.
type Address struct {
	Address   string // what mail is sent to, RFC 5321 Mailbox; the local part as typed
	Canonical string // what it is compared and looked up by; never sent to
}

// domains maps and checks a domain like a browser does and refuses what a mail host could
// not be called.
var domains = idna.New(idna.MapForLookup(), idna.StrictDomainName(true), idna.VerifyDNSLength(true),
	idna.BidiRule(), idna.Transitional(false))

// Email parses one mailbox. The local part is ASCII after NFKC and keeps its case in
// Address; Canonical folds it. Dots in places RFC 5322 forbids, which old addresses of
// Japanese carriers have, are kept and quoted in Address. Display names, comments, address
// literals, single-label domains and everything with a line break are ErrMalformed.
func Email(s string) (Address, error) {
	s, err := compat(s)
	if err != nil {
		return Address{}, err
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || strings.Contains(domain, "@") {
		return Address{}, malformed("not one mailbox")
	}
	if unquoted, found := strings.CutPrefix(local, `"`); found {
		if local, ok = strings.CutSuffix(unquoted, `"`); !ok {
			return Address{}, malformed("quoting")
		}
	}
	if local == "" || len(local) > maxLocalPart {
		return Address{}, malformed("local part length")
	}
	for i := range len(local) {
		if !atext(local[i]) && local[i] != '.' {
			return Address{}, malformed("character in local part")
		}
	}
	host, err := domains.ToASCII(domain)
	if err != nil || !strings.Contains(host, ".") || strings.HasSuffix(host, ".") {
		return Address{}, malformed("domain")
	}
	host = strings.ToLower(host)
	out := Address{Address: mailbox(local) + "@" + host, Canonical: strings.ToLower(local) + "@" + host}
	if len(out.Address) > maxAddress {
		return Address{}, malformed("address length")
	}
	return out, nil
}

// mailbox quotes a local part that is no RFC 5322 dot-atom.
func mailbox(local string) string {
	if strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return `"` + local + `"`
	}
	return local
}

// atext is RFC 5322 section 3.2.3.
func atext(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}
