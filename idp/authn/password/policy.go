package password

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Bounds no policy can move: a hash input has to end somewhere, and it ends with a reason
// given, never by cutting (PW-01).
const (
	MaxLength = 256  // code points
	MaxBytes  = 1024 // bytes of UTF-8
)

// Reason is why a password is refused. The page has a sentence for each.
type Reason string

const (
	TooShort        Reason = "too_short"
	TooLong         Reason = "too_long"
	BadCharacter    Reason = "character" // control character, invalid text, or outside an allow list
	NeedsDigit      Reason = "needs_digit"
	NeedsUpper      Reason = "needs_upper"
	NeedsLower      Reason = "needs_lower"
	NeedsSymbol     Reason = "needs_symbol"
	ContainsLogin   Reason = "contains_login"
	ContainsEmail   Reason = "contains_email"
	ContainsAccount Reason = "contains_account"
	ContainsService Reason = "contains_service"
	Common          Reason = "common"    // on a list of known passwords
	Guessable       Reason = "guessable" // patterns and dictionary words
	Unchanged       Reason = "unchanged"
	SameAsOther     Reason = "same_as_other" // the account's other password (A2, C12)
)

// Policy is the firm's. The zero value is the default policy.
type Policy struct {
	MinLength int // code points; 0: 12, which is for accounts where a second factor always follows
	// Composition, off by default (PW-02); a preset turns it on for firms that have it (B6).
	Digit, Upper, Lower, Symbol bool
	Symbols                     string // which count as symbols; "": every printable non-letter, non-digit
	OnlyASCII                   bool   // letters, digits and Symbols only
	// MinScore is the least zxcvbn score, 0 to 4. 0 means 2; -1 switches the estimate off.
	MinScore int
	// AllowCommon switches the list of known passwords off.
	AllowCommon  bool
	ServiceNames []string // the firm's and the service's names, in every spelling customers know
}

// Context is what a password must not contain.
type Context struct {
	LoginName      string
	Emails         []string
	AccountNumbers []string
}

// minContained is the shortest context word that counts; "a@example.com" must not forbid
// the letter a. Every longer local part is forbidden (A1).
const minContained = 3

// Check returns every reason against plain, in a fixed order, or none. It is pure.
func (p Policy) Check(plain string, c Context) []Reason {
	if len(plain) > MaxBytes {
		return []Reason{TooLong} // the other rules are not worth running on it
	}
	if !utf8.ValidString(plain) {
		return []Reason{BadCharacter}
	}
	var reasons []Reason
	add := func(bad bool, r Reason) {
		if bad {
			reasons = append(reasons, r)
		}
	}
	n := utf8.RuneCountInString(norm.NFC.String(plain))
	add(n < p.minLength(), TooShort)
	add(n > MaxLength, TooLong)
	add(!p.characters(plain), BadCharacter)
	add(p.Digit && !strings.ContainsFunc(plain, unicode.IsDigit), NeedsDigit)
	add(p.Upper && !strings.ContainsFunc(plain, unicode.IsUpper), NeedsUpper)
	add(p.Lower && !strings.ContainsFunc(plain, unicode.IsLower), NeedsLower)
	add(p.Symbol && !strings.ContainsFunc(plain, p.symbol), NeedsSymbol)
	folded := foldForms(plain)
	add(contains(folded, c.LoginName), ContainsLogin)
	add(contains(folded, emailWords(c.Emails)...), ContainsEmail)
	add(contains(folded, c.AccountNumbers...), ContainsAccount)
	add(contains(folded, p.ServiceNames...), ContainsService)
	add(!p.AllowCommon && commonPassword(plain), Common)
	if least := p.minScore(); least > 0 && n >= 1 {
		add(score(plain, append(emailWords(c.Emails), append(p.ServiceNames, c.LoginName)...)) < least, Guessable)
	}
	return reasons
}

func (p Policy) minLength() int {
	if p.MinLength <= 0 {
		return 12
	}
	return min(p.MinLength, 64) // 64 characters must always be allowed to suffice
}

func (p Policy) minScore() int {
	if p.MinScore == 0 {
		return 2
	}
	return p.MinScore
}

func (p Policy) characters(plain string) bool {
	for _, r := range plain {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return false
		}
		if p.OnlyASCII && !(r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))) && !p.symbol(r) {
			return false
		}
	}
	return true
}

func (p Policy) symbol(r rune) bool {
	if p.Symbols != "" {
		return strings.ContainsRune(p.Symbols, r)
	}
	return unicode.IsPrint(r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// foldForm makes spellings of one word equal: width, case, composition.
func foldForm(s string) string { return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s))) }

// foldForms also looks at the text without separators: "taro-yamada" contains "taroyamada".
func foldForms(s string) []string {
	folded := foldForm(s)
	bare := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) {
			return r
		}
		return -1
	}, folded)
	return []string{folded, bare}
}

func contains(forms []string, words ...string) bool {
	for _, w := range words {
		w = foldForm(strings.TrimSpace(w))
		if utf8.RuneCountInString(w) < minContained {
			continue
		}
		for _, f := range forms {
			if strings.Contains(f, w) {
				return true
			}
		}
	}
	return false
}

// emailWords are an address and its local part.
func emailWords(addresses []string) []string {
	var words []string
	for _, a := range addresses {
		local, _, _ := strings.Cut(a, "@")
		words = append(words, a, strings.Trim(local, `"`))
	}
	return words
}
