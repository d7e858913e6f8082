package loginui_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	loginui "sekisho/login-ui"
	"sekisho/login-ui/gallery/sample"
)

// each calls fn for every element of a page, those inside <template> and <noscript> too.
func each(t *testing.T, body string, fn func(tag string, attr map[string]string)) {
	t.Helper()
	// The tokenizer takes <noscript> for text, as a browser with script does.
	z := html.NewTokenizer(strings.NewReader(strings.NewReplacer("<noscript>", "", "</noscript>", "").Replace(body)))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := z.Token()
		attr := map[string]string{}
		for _, a := range token.Attr {
			attr[a.Key] = a.Val
		}
		fn(token.Data, attr)
	}
}

var probes = []string{
	`"><img src=x onerror=probe()>`,
	`'><svg/onload=probe()>`,
	`</title></script><script>probe()</script>`,
	`" autofocus onfocus=probe() x="`,
	`javascript:probe()`,
	`{{.F.CSRF}}<probe>`,
	"&lt;probe&gt;&#60;probe&#62;<probe>",
}

// fill puts the probe into every text of a page struct, in lists and nested structs too.
func fill(v reflect.Value, probe string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(probe)
	case reflect.Struct:
		if _, ok := v.Interface().(time.Time); ok {
			v.Set(reflect.ValueOf(sample.Now.Add(time.Hour)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), probe)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), probe)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), probe)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), probe)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	}
}

// allPages is one of every page struct.
func allPages() []loginui.Page {
	return []loginui.Page{&loginui.SignIn{}, &loginui.Code{}, &loginui.PasskeyNeeded{}, &loginui.CoolingOff{}, &loginui.Denied{}, &loginui.EnrolPasskey{},
		&loginui.PasskeyAdded{}, &loginui.Consent{}, &loginui.Approve{}, &loginui.NotMine{}, &loginui.ChooseAccount{}, &loginui.Invite{}, &loginui.NewPassword{}, &loginui.Security{},
		&loginui.PasskeyRename{}, &loginui.PasskeyRemove{}, &loginui.TOTPEnrol{}, &loginui.TOTPRemove{}, &loginui.PasswordChange{}, &loginui.LogoutConfirm{},
		&loginui.LoggedOut{}, &loginui.Environments{}, &loginui.Help{}, &loginui.Home{}, &loginui.Error{}, &loginui.FormPost{},
		&loginui.TransactionPassword{}, &loginui.TransactionPasswordSet{}, &loginui.TransactionPasswordAdvice{}, &loginui.PasswordAge{}, &loginui.PasswordAgeChange{},
		&loginui.Profile{}, &loginui.EmailChange{}, &loginui.EmailConfirm{}, &loginui.PhoneChange{}, &loginui.Undo{}, &loginui.Undone{},
		&loginui.NotMe{}, &loginui.Frozen{}, &loginui.History{}, &loginui.Notifications{},
		&loginui.RecoverStart{}, &loginui.RecoverMail{}, &loginui.RecoverProof{}, &loginui.RecoverPassword{}, &loginui.RecoverRefused{},
		&loginui.Recovered{}, &loginui.RecoveryCodes{}, &loginui.RecoveryCodesNew{}, &loginui.Suspended{}, &loginui.PasskeyOffer{}, &loginui.WelcomeCodes{},
		&loginui.Checks{}, &loginui.Check{}, &loginui.PersonalData{}, &loginui.SecurityQuestion{},
		&loginui.Reissue{}, &loginui.ReissueAccepted{}, &loginui.MustChange{}, &loginui.LetterStopped{}, &loginui.Try{},
		&loginui.Approvals{}, &loginui.ApprovalPage{},
		&loginui.DeviceCode{}, &loginui.DeviceApprove{}, &loginui.DeviceEnd{}}
}

// HD-06: whatever stands in any text field of any page stays text. AZ-23 is the same for login_hint.
func TestTextStaysText(t *testing.T) {
	site := newSite(t)
	for _, page := range allPages() {
		for _, on := range []bool{true, false} {
			for _, probe := range probes {
				v := reflect.ValueOf(page).Elem()
				fill(v, probe)
				v.FieldByName("Lang").SetString("ja")
				if !on { // the other branches of the templates
					flip(v)
				}
				name := v.Type().Name()
				w := httptest.NewRecorder()
				site.Render(w, httptest.NewRequest(http.MethodGet, "/?x="+"%22%3E%3Cprobe%3E", nil), http.StatusOK, page)
				if w.Code != http.StatusOK {
					t.Fatalf("HD-06 %s: %d", name, w.Code)
				}
				if strings.Contains(w.Header().Get("Content-Security-Policy"), "probe") {
					t.Errorf("HD-06 %s: probe in CSP", name)
				}
				checkNoProbe(t, name, probe, w.Body.String())
			}
		}
	}
}

// flip turns the booleans off and the kind of code to the other one.
func flip(v reflect.Value) {
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Bool {
			v.Field(i).SetBool(false)
		}
		if v.Type().Field(i).Name == "Kind" && v.Field(i).Kind() == reflect.String {
			v.Field(i).SetString("totp")
		}
	}
}

func checkNoProbe(t *testing.T, name, probe, body string) {
	t.Helper()
	each(t, body, func(tag string, attr map[string]string) {
		if tag == "probe" || tag == "img" || tag == "script" && attr["type"] != "module" {
			t.Errorf("HD-06 %s: %q became <%s>", name, probe, tag)
		}
		for key, value := range attr {
			if strings.HasPrefix(key, "on") {
				t.Errorf("HD-06 %s: %q became %s=", name, probe, key)
			}
			switch key {
			case "href", "action", "src", "formaction", "xlink:href":
				if strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "javascript:") {
					t.Errorf("HD-06 %s: %s=%q", name, key, value)
				}
			}
		}
	})
}

// AZ-23: the hint is in the field as it came, and nothing else of the page depends on it.
func TestLoginHintOnlyPrefills(t *testing.T) {
	site := newSite(t)
	draw := func(hint string) string {
		w := httptest.NewRecorder()
		site.Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK,
			loginui.SignIn{Frame: loginui.Frame{Lang: "ja", Base: "/interaction/i1"}, ShowPassword: true, ShowPasskey: true, LoginHint: hint})
		return w.Body.String()
	}
	hint := `hanako@example.jp"><b>`
	got := ""
	each(t, draw(hint), func(tag string, attr map[string]string) {
		if tag == "input" && attr["name"] == "login" {
			got = attr["value"]
		}
	})
	if got != hint {
		t.Errorf("field holds %q", got)
	}
	if a, b := strings.Replace(draw("known@example.jp"), "known@example.jp", "", 1), strings.Replace(draw("unknown@example.jp"), "unknown@example.jp", "", 1); a != b {
		t.Error("pages differ by more than the field")
	}
}

// A name from outside cannot turn the reading direction, hide characters or flood the page.
func TestNamesFromOutsideAreTamed(t *testing.T) {
	site := newSite(t)
	w := httptest.NewRecorder()
	site.Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, loginui.Consent{Frame: loginui.Frame{Lang: "ja"},
		Client: loginui.ClientCard{Name: "A\u202egpj.\u200bB\u2066C\u3164" + strings.Repeat("長", 500), Domain: "evil\u00ad.example\x00", PolicyURI: "http://plain.example/", TOSURI: "javascript:alert(1)"},
		Scopes: []loginui.ScopeItem{{Scope: "x\u202ey"}}})
	body := w.Body.String()
	for _, bad := range []string{"\u202e", "\u200b", "\u2066", "\u3164", "\u00ad", "\x00", strings.Repeat("長", 200), "plain.example", "javascript:"} {
		if strings.Contains(body, bad) {
			t.Errorf("page holds %q", bad)
		}
	}
	for _, want := range []string{"Agpj.BC", "evil.example", "<code>xy</code>", "当社が確認していない提供元です"} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %q", want)
		}
	}
}

// CN-01: the page names the client, its domain, what it asks for and for how long, marks an
// unverified one, and its form carries nothing that could add a scope.
func TestConsentPage(t *testing.T) {
	verified, stranger := get(t, "/gallery/consent?lang=ja").Body.String(), get(t, "/gallery/consent-unverified?lang=ja").Body.String()
	for _, want := range []string{"青葉トレード", "trade.aoba.example", "保有資産と残高の照会", "許可してから30日", "当社が確認した提供元です"} {
		if !strings.Contains(words(t, verified), want) {
			t.Errorf("CN-01: no %q", want)
		}
	}
	if !strings.Contains(words(t, stranger), "当社が確認していない提供元です。") {
		t.Error("CN-01: stranger is not marked")
	}
	names := map[string]bool{}
	each(t, verified, func(tag string, attr map[string]string) {
		if tag == "input" || tag == "button" {
			names[attr["name"]] = true
		}
	})
	if len(names) != 2 || !names["csrf"] || !names["decision"] {
		t.Errorf("CN-01: form carries %v", names)
	}
}
