package importer

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sekisho/idp"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/authn/totp"
)

// customer is a row that was understood. Its JSON form is its identity.
type customer struct {
	LoginName       string             `json:"login_name"`
	Email           identifier.Address `json:"email"`
	EmailVerified   bool               `json:"email_verified,omitempty"`
	Kind            idp.AccountKind    `json:"kind"`
	Locale          string             `json:"locale,omitempty"`
	Profile         idp.Profile        `json:"profile"`
	Permissions     []string           `json:"permissions,omitempty"`
	PasswordHash    string             `json:"password_hash,omitempty"`
	MustChange      bool               `json:"must_change,omitempty"`
	TransactionHash string             `json:"transaction_password_hash,omitempty"`
	TOTPSecret      []byte             `json:"totp_secret,omitempty"`
}

// reading is one row being checked.
type reading struct {
	*Importer
	customer
	now time.Time
}

// Column is one column of the CSV file, or member of a JSON line.
type Column struct {
	Name     string
	Required bool
	Right    string // what it may hold, as mistakes and the documentation say it
	read     func(r *reading, text string) (wrong string)
}

// ignored is the column that rejects carry, so that a corrected file of them can be
// imported as it is.
const ignored = "import_error"

var (
	phone      = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	permission = regexp.MustCompile(`^[!-~]{1,64}$`)
)

// Columns is the closed list, in the order of the documentation.
func Columns() []Column { return slices.Clone(columns) }

var columns = []Column{
	{"login_name", true, "the customer code or another login name: 1 to 64 letters and digits, with . - _ between them", func(r *reading, s string) (wrong string) {
		r.LoginName, wrong = said(identifier.LoginName(s))
		return wrong
	}},
	{"email", true, "one mail address such as hanako@example.co.jp", func(r *reading, s string) (wrong string) {
		r.Email, wrong = said(identifier.Email(s))
		return wrong
	}},
	{"email_verified", false, "true when the firm has seen the address answer, else false", flag(func(r *reading) *bool { return &r.EmailVerified })},
	{"name", false, "the full name, at most 256 characters", text(256, func(r *reading) *string { return &r.Profile.Name })},
	{"given_name", false, "at most 128 characters", text(128, func(r *reading) *string { return &r.Profile.GivenName })},
	{"family_name", false, "at most 128 characters", text(128, func(r *reading) *string { return &r.Profile.FamilyName })},
	{"birthdate", false, "a day of the past as YYYY-MM-DD", birthdate},
	{"phone_number", false, "the international form, such as +81312345678", func(r *reading, s string) string {
		if r.Profile.PhoneNumber = s; !phone.MatchString(s) {
			return "not an international telephone number (E.164)"
		}
		return ""
	}},
	{"phone_number_verified", false, "true or false", flag(func(r *reading) *bool { return &r.Profile.PhoneVerified })},
	{"postal_code", false, "at most 16 characters, such as 100-0001", text(16, func(r *reading) *string { return &r.address().PostalCode })},
	{"country", false, "at most 64 characters, such as JP", text(64, func(r *reading) *string { return &r.address().Country })},
	{"region", false, "the prefecture, at most 64 characters", text(64, func(r *reading) *string { return &r.address().Region })},
	{"locality", false, "at most 128 characters", text(128, func(r *reading) *string { return &r.address().Locality })},
	{"street_address", false, "at most 256 characters", text(256, func(r *reading) *string { return &r.address().StreetAddress })},
	{"address", false, "the whole address in one line, at most 512 characters", text(512, func(r *reading) *string { return &r.address().Formatted })},
	{"locale", false, "ja or en", func(r *reading, s string) string {
		if r.Locale = s; s != "ja" && s != "en" {
			return "not a language of the pages"
		}
		return ""
	}},
	{"kind", false, "personal (which an empty column means) or corporate", func(r *reading, s string) string {
		if r.Kind = idp.AccountKind(s); r.Kind != idp.Personal && r.Kind != idp.Corporate {
			return "not a kind of account"
		}
		return ""
	}},
	{"permissions", false, "names without blanks, separated by one space each, at most 32", permissions},
	{"password_hash", false, rightHash, hash(func(r *reading) *string { return &r.PasswordHash })},
	{"must_change", false, "true when the password is a temporary one and is changed at the first sign-in, else false", flag(func(r *reading) *bool { return &r.MustChange })},
	{"transaction_password_hash", false, rightHash, hash(func(r *reading) *string { return &r.TransactionHash })},
	{"totp_secret", false, "the secret in base32, 16 to 64 bytes, of an authenticator with SHA-1, six digits and 30 seconds", func(r *reading, s string) string {
		var err error
		if r.TOTPSecret, err = totp.ParseSecret(s); err != nil {
			return "not a usable secret"
		}
		return ""
	}},
}

const rightHash = "a whole bcrypt, scrypt, PBKDF2, Argon2, SHA-crypt or md5-crypt hash in crypt or PHC form, of bearable cost"

func column(name string) int {
	return slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
}

func names() string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name
	}
	return strings.Join(list, ", ")
}

// said splits a result of package identifier, whose errors say what is wrong after a colon
// and never repeat what was typed.
func said[T any](value T, err error) (T, string) {
	if err == nil {
		return value, ""
	}
	if _, what, ok := strings.Cut(err.Error(), ": "); ok {
		return value, what
	}
	return value, err.Error()
}

func flag(into func(*reading) *bool) func(*reading, string) string {
	return func(r *reading, s string) string {
		if *into(r) = s == "true"; s != "true" && s != "false" {
			return "neither true nor false"
		}
		return ""
	}
}

// text is free text in NFC. Private-use characters are let through: names are full of
// them where a firm has characters of its own (gaiji).
func text(most int, into func(*reading) *string) func(*reading, string) string {
	return func(r *reading, s string) string {
		s = norm.NFC.String(s)
		switch {
		case utf8.RuneCountInString(s) > most:
			return "too long"
		case strings.ContainsFunc(s, func(c rune) bool {
			return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || c == utf8.RuneError
		}):
			return "invisible or control character"
		}
		*into(r) = s
		return ""
	}
}

func hash(into func(*reading) *string) func(*reading, string) string {
	return func(r *reading, s string) string {
		if *into(r) = s; len(s) > 512 || r.Hasher.Acceptable(s) != nil {
			return "not a hash that can be verified here"
		}
		return ""
	}
}

func birthdate(r *reading, s string) string {
	day, err := time.Parse(time.DateOnly, s)
	if r.Profile.Birthdate = s; err != nil {
		return "not a day"
	}
	if day.After(r.now) || day.Year() < 1850 {
		return "nobody's day of birth"
	}
	return ""
}

func permissions(r *reading, s string) string {
	r.Permissions = strings.Split(s, " ")
	for _, p := range r.Permissions {
		if !permission.MatchString(p) {
			return "not a list of names"
		}
	}
	if len(r.Permissions) > 32 {
		return "too many"
	}
	return ""
}

func (r *reading) address() *idp.Address {
	if r.Profile.Address == nil {
		r.Profile.Address = &idp.Address{}
	}
	return r.Profile.Address
}

// check reads every column of a row and returns everything wrong with it.
func (i *Importer) check(row record, now time.Time) (customer, []Mistake) {
	r := &reading{Importer: i, customer: customer{Kind: idp.Personal}, now: now}
	var mistakes []Mistake
	for n, c := range columns {
		value := strings.TrimFunc(row.values[n], func(c rune) bool { return c == ' ' || c == '\t' || c == '\u3000' })
		wrong := ""
		switch {
		case value != "":
			wrong = c.read(r, value)
		case c.Required:
			wrong = "empty"
		}
		if wrong != "" {
			mistakes = append(mistakes, Mistake{row.line, c.Name, wrong, c.Right})
		}
	}
	if r.MustChange && r.PasswordHash == "" {
		mistakes = append(mistakes, Mistake{row.line, "must_change", "there is no password to change", "false, or a password_hash"})
	}
	return r.customer, mistakes
}
