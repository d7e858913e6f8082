package loginui

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// funcs are what templates may call, bound to one language.
func (s *Site) funcs(lang string) template.FuncMap {
	return template.FuncMap{
		"t": func(id string, args ...any) (string, error) { return s.texts.say(lang, id, args...) },
		"id": func(prefix, name, generic, suffix string) string {
			return s.texts.known(prefix, name, generic, suffix)
		},
		"known": func(prefix, name string) bool { return s.texts.has[prefix+"."+name] },
		"level": func(acr string) string { return acr[strings.LastIndexByte(acr, ':')+1:] },
		"maybe": func(prefix, name string) (string, error) {
			if id := prefix + "." + name; s.texts.has[id] {
				return s.texts.say(lang, id)
			}
			return "", nil
		},
		"op": func(operation, suffix string, args ...any) (string, error) {
			name := operationName(operation)
			return s.texts.say(lang, s.texts.known("operation", name, s.texts.otherWord(name, suffix), suffix), args...)
		},
		"clock":  func(t time.Time) string { return s.clock(lang, t) },
		"day":    func(t time.Time) string { return s.day(lang, t) },
		"seen":   func(t time.Time) (string, error) { return s.seen(lang, t) },
		"left":   func(t time.Time) (string, error) { return s.left(lang, t) },
		"length": func(d time.Duration) (string, error) { return s.length(lang, d) },
		"wait":   s.waitSeconds,
		"future": func(t time.Time) bool { return t.After(s.now()) },
		"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"sp":     func() string { return wordSpace(lang) },
		"asset":  func(name string) string { return s.assets.path(name) },
		"message": func(code string) (*noticeView, error) {
			return s.notice(lang, Notice{Kind: Bad, Code: code})
		},
		"plain":    plain,
		"birthday": func(date string) string { return birthday(lang, date) },
		"dialled":  dialled,
		"png":      pngData, "initial": initial,
		"whole": whole,
		"web":   webHref,
		"otp":   otpHref,
		"qr":    qrPath,
		"dict":  dict,

		"keyboard": func() *keyboardView { return s.keyboardView(lang) },
		"warning":  func() int { return ceil(s.warnBefore, time.Second) },
		"rule":     func(kind string) PasswordRule { return s.rules[kind] },
	}
}

// operationName is the short name of an operation: urn:sekisho:op:withdrawal → withdrawal.
func operationName(operation string) string {
	return operation[strings.LastIndexByte(operation, ':')+1:]
}

// otherWord is whose text an operation without one of its own is told by.
func (t *texts) otherWord(name, suffix string) string {
	if word := operationWords[name]; word != "" && t.has["operation."+word+suffix] {
		return word
	}
	return "generic"
}

// operationWords are the operations with the texts of others: what is changed is what is seen.
var operationWords = map[string]string{
	"authenticator_change": "settings", "payout_account_change": "payout_account", "registered_data_change": "registered_data",
}

// maxShown bounds a name from outside in characters; a page stays a page whatever a
// client calls itself.
const maxShown = 120

// plain makes a name from outside safe to read: no control characters, and none of the
// invisible or direction-changing ones by which one name is made to look like another.
func plain(s string) string {
	var b strings.Builder
	n := 0
	for _, c := range s {
		if n++; n > maxShown {
			b.WriteRune('…')
			break
		}
		switch {
		case unicode.IsSpace(c):
			b.WriteByte(' ')
		case unicode.IsControl(c), unicode.Is(unicode.Cf, c), unicode.Is(unicode.Co, c), c == '\u3164', c == '\u115f', c == '\u1160':
		default:
			b.WriteRune(c)
		}
	}
	return strings.TrimSpace(b.String())
}

// whole keeps a telephone number on one line within a sentence.
func whole(phone string) string { return strings.ReplaceAll(phone, "-", "\u2060-\u2060") }

// webHref lets only an absolute https address of a client through; anything else is no link.
func webHref(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

// otpHref opens the authenticator app on the same phone. html/template would refuse the
// scheme, rightly: so this is the only way to it, and it takes nothing else.
func otpHref(s string) template.URL {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" {
		return ""
	}
	return template.URL(u.String()) //nolint:gosec // scheme and host were checked, and String escapes
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: key without a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		k, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		m[k] = pairs[i+1]
	}
	return m, nil
}
