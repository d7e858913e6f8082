// Package sample holds every page of loginui filled with plausible content, for the
// gallery and the tests. It refuses to be imported by the provider: nothing in it is real.
package sample

import (
	"time"

	"sekisho/idp/authn/identifier"
	loginui "sekisho/login-ui"
)

// What is masked on the pages is masked here as the provider does it.
var (
	maskedMail     = identifier.MaskEmail("hanako.yamada@example.jp")
	maskedSecurity = identifier.MaskEmail("hanako-security@mail.example")
	maskedLogin    = identifier.MaskLogin("30154567")
	maskedPhone    = identifier.MaskPhone("+819012345678")
)

// Now is the moment at which all samples are seen: 2025-11-21 14:20 in Tokyo.
var Now = time.Date(2025, 11, 21, 5, 20, 0, 0, time.UTC)

// Mark of the sample firm: two young leaves.
const Mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"><path d="M12 21.5V11M12 14.5C12 9 8.5 5.5 3 5c0 6 3.5 9.5 9 9.5zM12 11c0-4.5 3-8 9-8.5 0 6-3.5 9.5-9 10"/></svg>`

// Firm is the sample firm.
func Firm() loginui.Firm {
	return loginui.Firm{
		Name: loginui.Words{"ja": "青葉証券", "en": "Aoba Securities"}, Mark: []byte(Mark),
		HelpLine:  "0120-000-000",
		HelpHours: loginui.Words{"ja": "平日 8:00–18:00", "en": "weekdays 8:00–18:00 JST"},
	}
}

// Site is the sample firm's site at Now.
func Site(issuer string) (*loginui.Site, error) {
	return loginui.New(loginui.Options{Firm: Firm(), Issuer: issuer, Now: func() time.Time { return Now }})
}

// Sample is one page in one state.
type Sample struct {
	Name   string
	Status int
	Page   func(loginui.Frame) loginui.Page // called with the frame of the request
}

func in(d time.Duration) time.Time { return Now.Add(d) }

func page(name string, p func(loginui.Frame) loginui.Page) Sample {
	return Sample{Name: name, Status: 200, Page: p}
}

func client(f loginui.Frame) loginui.Frame {
	f.ClientName = "青葉トレード"
	if f.Lang == "en" {
		f.ClientName = "Aoba Trade"
	}
	return f
}

func own(f loginui.Frame) loginui.Frame {
	f.Base, f.Person = "/account", person(f)
	return f
}

func person(f loginui.Frame) string { return pick(f, "山田 花子", "Hanako Yamada") }

func pick(f loginui.Frame, ja, en string) string {
	if f.Lang == "en" {
		return en
	}
	return ja
}

func with(f loginui.Frame, n loginui.Notice) loginui.Frame {
	f.Notice = &n
	return f
}

// All lists every sample: each page in its states, then each notice, then each error.
func All() []Sample {
	var all []Sample
	all = append(all, signIn()...)
	all = append(all, passkeys()...)
	all = append(all, account()...)
	all = append(all, transactions()...)
	all = append(all, together()...)
	all = append(all, choices()...)
	all = append(all, endings()...)
	all = append(all, aged()...)
	all = append(all, environments()...)
	all = append(all, questions()...)
	all = append(all, contact()...)
	all = append(all, around()...)
	all = append(all, aboutNotices()...)
	all = append(all, recovery()...)
	all = append(all, onboarding()...)
	all = append(all, reissues()...)
	all = append(all, integration()...)
	all = append(all, approvals()...)
	all = append(all, approved()...)
	all = append(all, devices()...)
	all = append(all, notices()...)
	for _, code := range loginui.ErrorCodes() {
		all = append(all, Sample{Name: "error-" + code, Status: 400, Page: func(f loginui.Frame) loginui.Page {
			e := loginui.Error{Frame: f, Code: code, Reference: "7KQ2-M8XD"}
			switch code {
			case loginui.ErrorBadRequest, loginui.ErrorDeclined:
				e.OAuthError, e.OAuthDescription = "invalid_request", "code_challenge_method is not S256"
			case loginui.ErrorUnavailable:
				e.RetryHref = f.Base
			}
			return e
		}})
	}
	return all
}
