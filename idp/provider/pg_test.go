package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/idptest"
	"sekisho/idp/notify"
)

type creationOptions struct {
	Challenge string `json:"challenge"`
	RP        struct {
		ID, Name string
	} `json:"rp"`
	User struct {
		ID, Name, DisplayName string
	} `json:"user"`
	PubKeyCredParams []struct {
		Type string `json:"type"`
		Alg  int    `json:"alg"`
	} `json:"pubKeyCredParams"`
	Exclude []struct {
		ID string `json:"id"`
	} `json:"excludeCredentials"`
	Selection struct {
		ResidentKey, UserVerification, AuthenticatorAttachment string
	} `json:"authenticatorSelection"`
	Timeout int `json:"timeout"`
}

func TestCreationOptions(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Profile: idp.Profile{Name: strings.Repeat("長", 300)}})
	old := p.GivePasskey(taro, nil)
	b := p.NewBrowser()
	b.Get("/account/passkeys/add")
	b.UsePasskey(old)
	read := func() creationOptions {
		var o creationOptions
		if err := json.Unmarshal(b.BeginEnrol().PublicKey, &o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	o, again := read(), read()
	challenge, err := base64.RawURLEncoding.DecodeString(o.Challenge)
	if err != nil || len(challenge) < 32 || o.Challenge == again.Challenge {
		t.Errorf("PG-01: challenge %q, then %q", o.Challenge, again.Challenge)
	}
	handle, err := base64.RawURLEncoding.DecodeString(o.User.ID)
	if err != nil || len(handle) < 16 || len(handle) > 64 || o.User.ID != again.User.ID || strings.Contains(string(handle), taro.LoginName) || string(handle) == taro.Subject {
		t.Errorf("PG-14: user.id %q", o.User.ID)
	}
	if len([]rune(o.User.Name)) > 64 || len([]rune(o.User.DisplayName)) > 64 {
		t.Errorf("PG-14: names of %d and %d characters", len([]rune(o.User.Name)), len([]rune(o.User.DisplayName)))
	}
	if len(o.Exclude) != 1 || o.Exclude[0].ID != base64.RawURLEncoding.EncodeToString(old.ID) || o.Selection.ResidentKey != "required" || o.Selection.AuthenticatorAttachment != "" {
		t.Errorf("PG-15: %+v %+v", o.Exclude, o.Selection)
	}
	if o.Selection.UserVerification != "required" {
		t.Errorf("PG-07: %+v", o.Selection)
	}
	if o.RP.ID != "localhost" {
		t.Errorf("HD-11: RP ID %q at %s", o.RP.ID, p.URL)
	}
	for i, alg := range []int{-8, -7, -257} {
		if len(o.PubKeyCredParams) != 3 || o.PubKeyCredParams[i].Alg != alg {
			t.Fatalf("PG-09: %+v", o.PubKeyCredParams)
		}
	}
	if done := b.AnswerEnrol(p.NewDevice()); done.Next == "" || len(taro.Passkeys()) != 2 {
		t.Errorf("PG-15: a second passkey: %d %+v", done.Status, done.Error)
	}
}

func flags(set, clear byte) idptest.Bend {
	return func(m *idptest.Message) { m.Flags = m.Flags&^clear | set }
}

func client(name string, value any) idptest.Bend {
	return func(m *idptest.Message) {
		m.ClientData[name] = value
		if value == nil {
			delete(m.ClientData, name)
		}
	}
}

// clientDataBends are what is wrong with the client data of either ceremony.
func clientDataBends(p *idptest.Provider, id, kind, otherKind string) map[string]idptest.Bend {
	bends := map[string]idptest.Bend{}
	for name, v := range map[string]any{"missing": nil, "empty": "", "of the other ceremony": otherKind, "payment": "payment.get", "number": 1, "upper case": strings.ToUpper(kind)} {
		bends[id+"-02 type "+name] = client("type", v)
	}
	bends[id+"-03 challenge missing"] = client("challenge", nil)
	bends[id+"-03 challenge empty"] = client("challenge", "")
	bends[id+"-03 challenge of another kind"] = client("challenge", "!!!not base64!!!")
	bends[id+"-03 challenge made up"] = client("challenge", base64.RawURLEncoding.EncodeToString(make([]byte, 32)))
	bends[id+"-03 challenge padded"] = func(m *idptest.Message) { m.ClientData["challenge"] = m.ClientData["challenge"].(string) + "=" }
	bends[id+"-03 challenge altered"] = func(m *idptest.Message) {
		c := []byte(m.ClientData["challenge"].(string))
		c[3] ^= 1
		m.ClientData["challenge"] = string(c)
	}
	port := p.URL[strings.LastIndex(p.URL, ":"):]
	for _, origin := range []string{
		"https://localhost" + port, "http://localhost", "http://localhost:1", "http://sub.localhost" + port, "http://evil-localhost" + port,
		"http://localhost." + port, "http://LOCALHOST" + port, "null", "", "http://localhost.evil.example" + port, p.URL + "/", "android:apk-key-hash:abc", "http://user@localhost" + port,
	} {
		bends[id+"-04 origin "+origin] = client("origin", origin)
	}
	bends[id+"-04 no origin"] = client("origin", nil)
	bends[id+"-05 cross-origin"] = client("crossOrigin", true)
	bends[id+"-05 top origin"] = func(m *idptest.Message) {
		m.ClientData["crossOrigin"], m.ClientData["topOrigin"] = true, "https://evil.example"
	}
	bends[id+"-05 top origin alone"] = client("topOrigin", p.URL)
	return bends
}

func answerBend(change func(answer, response map[string]any)) idptest.Bend {
	return func(m *idptest.Message) { m.Answer = change }
}

func registrationBends(t *testing.T, p *idptest.Provider, d *idptest.Device) map[string]idptest.Bend {
	bends := clientDataBends(p, "PG", "webauthn.create", "webauthn.get")
	cose := func(change func(map[int]any)) idptest.Bend {
		return func(m *idptest.Message) {
			key := d.COSE(t)
			change(key)
			m.PublicKey = idptest.CBOR(t, key)
		}
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, _ := p384.PublicKey.Bytes()
	more := map[string]idptest.Bend{
		"PG-06 RP ID of another domain":       func(m *idptest.Message) { m.RPID = "evil.example" },
		"PG-06 RP ID of a subdomain":          func(m *idptest.Message) { m.RPID = "sub.localhost" },
		"PG-07 nobody present":                flags(0, idptest.UserPresent),
		"PG-07 nobody verified":               flags(0, idptest.UserVerified),
		"PG-08 backed up though it cannot be": flags(idptest.BackupState, idptest.BackupEligible),
		"PG-09 algorithm not offered":         cose(func(k map[int]any) { k[3] = -65535 }),
		"PG-09 key type of another algorithm": cose(func(k map[int]any) { k[1] = 3 }),
		"PG-09 curve of another algorithm":    cose(func(k map[int]any) { k[-1] = 2 }),
		"PG-09 P-384 under ES256":             cose(func(k map[int]any) { k[-1], k[-2], k[-3] = 2, point[1:49], point[49:] }),
		"PG-09 off the curve":                 cose(func(k map[int]any) { k[-3] = make([]byte, 32) }),
		"PG-09 zero point":                    cose(func(k map[int]any) { k[-2], k[-3] = make([]byte, 32), make([]byte, 32) }),
		"PG-09 small RSA": cose(func(k map[int]any) {
			clear(k)
			k[1], k[3], k[-1], k[-2] = 3, -257, make([]byte, 128), []byte{1, 0, 1}
		}),
		"PG-10 trailing bytes":       func(m *idptest.Message) { m.Trailing = []byte{0} },
		"PG-10 no attested data":     flags(0, 1<<6),
		"PG-10 extensions announced": flags(1<<7, 0),
		"PG-10 object no CBOR":       func(m *idptest.Message) { m.RawObject = []byte("{}") },
		"PG-10 object empty":         func(m *idptest.Message) { m.RawObject = []byte{0xa0} },
		"PG-10 object truncated":     func(m *idptest.Message) { m.RawObject = []byte{0xa3, 0x63, 'f', 'm', 't', 0x64, 'n', 'o'} },
		"PG-10 no clientDataJSON":    answerBend(func(_, r map[string]any) { delete(r, "clientDataJSON") }),
		"PG-10 no object":            answerBend(func(_, r map[string]any) { delete(r, "attestationObject") }),
		"PG-10 no id":                answerBend(func(a, _ map[string]any) { delete(a, "id") }),
		"PG-10 id number":            answerBend(func(a, _ map[string]any) { a["id"] = 7 }),
		"PG-10 rawId differs":        answerBend(func(a, _ map[string]any) { a["rawId"] = "AAAAAAAAAAAAAAAAAAAAAA" }),
		"PG-10 type":                 answerBend(func(a, _ map[string]any) { a["type"] = "password" }),
		"PG-10 response a string":    answerBend(func(a, _ map[string]any) { a["response"] = "x" }),
		"PG-11 format unknown":       func(m *idptest.Message) { m.Format = "self-made" },
		"PG-11 none with statement":  func(m *idptest.Message) { m.Statement = map[string]any{"x": 1} },
		"PG-11 packed unsigned": func(m *idptest.Message) {
			m.Format, m.Statement = "packed", map[string]any{"alg": -7, "sig": []byte{1, 2, 3}}
		},
		"PG-12 credential id of 1024 bytes": func(m *idptest.Message) { m.ID = make([]byte, 1024) },
	}
	for name, bend := range more {
		bends[name] = bend
	}
	return bends
}

// Each flaw alone refuses the registration: 4xx in JSON, nothing stored, the challenge
// gone, and the same credential without the flaw is welcome.
func TestRegistrationRefuses(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	b := p.AtEnrolment(taro)
	for name, bend := range registrationBends(t, p, p.NewDevice()) {
		t.Run(name, func(t *testing.T) {
			p.Clock.Advance(100 * time.Millisecond) // so that no limit is what refuses
			d := p.NewDevice()
			done := b.AnswerEnrol(d, bend)
			if done.Status < 400 || done.Status > 499 || done.Next != "" || done.Error.Code == "" || done.Error.Title == "" {
				t.Errorf("%d %+v", done.Status, done)
			}
			if n := len(taro.Passkeys()); n != 0 {
				t.Fatalf("%d passkeys stored", n)
			}
		})
	}
	if r := p.Recorded(t, audit.PasskeyRejected); r.AccountID != taro.ID || r.Reason == "" {
		t.Errorf("LG-02: %+v", r)
	}
	done := b.AnswerEnrol(p.NewDevice())
	if done.Next == "" || len(taro.Passkeys()) != 1 {
		t.Errorf("a whole answer: %d %+v", done.Status, done)
	}
}

func TestRegistrationChallenge(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	jiro := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	finish := func(b *idptest.Browser, id string, credential json.RawMessage) idptest.JSONAnswer {
		return b.Script(b.Base()+"/enrol/finish", idptest.Finish{ChallengeID: id, Credential: credential})
	}
	refused := func(t *testing.T, done idptest.JSONAnswer) {
		t.Helper()
		if done.Next != "" || done.Status < 400 || done.Status > 499 {
			t.Errorf("%d %+v", done.Status, done)
		}
		if len(taro.Passkeys())+len(jiro.Passkeys()) != 0 {
			t.Fatal("a passkey was stored")
		}
	}
	t.Run("PG-01 spent by a wrong answer", func(t *testing.T) {
		b, d := p.AtEnrolment(taro), p.NewDevice()
		begun := b.BeginEnrol()
		refused(t, finish(b, begun.ChallengeID, d.Create(t, begun.PublicKey, client("type", "x"))))
		refused(t, finish(b, begun.ChallengeID, d.Create(t, begun.PublicKey)))
	})
	t.Run("PG-01 expired", func(t *testing.T) {
		b, d := p.AtEnrolment(taro), p.NewDevice()
		begun := b.BeginEnrol()
		p.Clock.Advance(5*time.Minute + time.Second)
		done := finish(b, begun.ChallengeID, d.Create(t, begun.PublicKey))
		if done.Status == http.StatusOK && done.Next == b.Base() && len(taro.Passkeys()) == 0 {
			return // the sign-in is no longer fresh either, and that is asked for first
		}
		refused(t, done)
	})
	t.Run("PG-01 another customer's", func(t *testing.T) {
		theirs, mine, d := p.AtEnrolment(jiro), p.AtEnrolment(taro), p.NewDevice()
		begun := theirs.BeginEnrol()
		refused(t, finish(mine, begun.ChallengeID, d.Create(t, begun.PublicKey)))
	})
	t.Run("PG-01 of a sign-in", func(t *testing.T) {
		saburo := p.AddAccount(idptest.Customer{Login: "10000003"})
		key, d := p.GivePasskey(saburo, nil), p.NewDevice()
		b := p.NewBrowser()
		b.Get("/account/passkeys/add")
		begun := b.BeginPasskey() // in the interaction that then leads to the enrolment
		b.UsePasskey(key)
		b.BeginEnrol()
		refused(t, finish(b, begun.ChallengeID, d.Create(t, begun.PublicKey)))
		if len(saburo.Passkeys()) != 1 {
			t.Error("PG-01: an authentication challenge registered a passkey")
		}
	})
	t.Run("PG-01 too many open ones", func(t *testing.T) { // PA-14
		b, d := p.AtEnrolment(taro), p.NewDevice()
		begun := b.BeginEnrol()
		for range 5 {
			p.Clock.Advance(time.Second)
			b.BeginEnrol()
		}
		refused(t, finish(b, begun.ChallengeID, d.Create(t, begun.PublicKey)))
	})
}

// PG-13: one credential belongs to one account, also when two finish at once.
func TestCredentialIsRegisteredOnce(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	d := p.NewDevice()
	var browsers []*idptest.Browser
	var accounts []*idptest.Account
	for _, login := range []string{"10000001", "10000002", "10000003", "10000004"} {
		a := p.AddAccount(idptest.Customer{Login: login, TOTP: true})
		accounts, browsers = append(accounts, a), append(browsers, p.NewBrowser())
	}
	p.Clock.Advance(31 * time.Second)
	for i, b := range browsers { // all within the five minutes of a fresh sign-in
		b.Get("/account/passkeys/add")
		b.PasswordSignIn(p, accounts[i])
	}
	p.Clock.Advance(31 * time.Second)
	bodies := make([]idptest.Finish, len(browsers))
	for i, b := range browsers {
		b.Submit("/code", "code", accounts[i].TOTP())
		begun := b.BeginEnrol()
		bodies[i] = idptest.Finish{ChallengeID: begun.ChallengeID, Credential: d.Create(t, begun.PublicKey)}
	}
	answers := make([]idptest.JSONAnswer, len(browsers))
	var all sync.WaitGroup
	for i, b := range browsers {
		all.Go(func() { answers[i] = b.Script(b.Base()+"/enrol/finish", bodies[i]) })
	}
	all.Wait()
	won, stored := 0, 0
	for i, a := range answers {
		stored += len(accounts[i].Passkeys())
		if a.Next != "" {
			won++
		} else if a.Status != http.StatusUnprocessableEntity {
			t.Errorf("PG-13: %d %+v", a.Status, a.Error)
		}
	}
	if won != 1 || stored != 1 {
		t.Errorf("PG-13: %d finishes won, %d passkeys stored", won, stored)
	}
}

// enrolled walks through the pages to a new passkey of this browser's customer.
func enrolled(t *testing.T, b *idptest.Browser, d *idptest.Device) {
	t.Helper()
	done := b.AnswerEnrol(d)
	if done.Next == "" {
		t.Fatalf("%d %+v", done.Status, done.Error)
	}
	if page := b.Get(done.Next); !page.Has("/enrol/done") {
		t.Fatalf("no list of passkeys: %s", page.Body)
	}
}

func TestAddingAPasskey(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true, Emails: []string{"codes@mail.example"}})
	t.Run("PG-16 an old sign-in is not enough", func(t *testing.T) {
		b := p.SignedIn(taro)
		p.Clock.Advance(5*time.Minute + time.Second)
		if page := b.Get("/account/passkeys/add"); !page.Has("/password") {
			t.Errorf("PG-16: %s", page.Body)
		}
		if begun := b.Script(b.Base()+"/enrol/options", struct{}{}); begun.ChallengeID != "" || begun.Next != b.Base() {
			t.Errorf("PG-16: %+v", begun)
		}
	})
	t.Run("PG-16 the mailed code is not enough where there is an app", func(t *testing.T) {
		b := p.NewBrowser()
		b.Get("/account/passkeys/add")
		b.Submit("/password", "login", taro.LoginName, "password", taro.Password)
		n := p.Mail.Count("codes@mail.example", notify.SignInCode)
		b.Submit("/code/method", "method", "email")
		page := b.Submit("/code", "code", idptest.Code(t, p.Mail.Wait(t, "codes@mail.example", notify.SignInCode, n+1)))
		if !page.Has("/password") || strings.Contains(page.Body, "data-enrol") {
			t.Errorf("PG-16: %s", page.Body)
		}
		if begun := b.Script(b.Base()+"/enrol/options", struct{}{}); begun.ChallengeID != "" {
			t.Error("PG-16: an enrolment began at the level of a mailed code")
		}
	})
	d := p.NewDevice()
	t.Run("PG-16 D4 all addresses are told", func(t *testing.T) {
		b := p.AtEnrolment(taro)
		before := b.Cookie(sessionCookie)
		enrolled(t, b, d)
		p.Mail.Wait(t, taro.Email, notify.PasskeyAdded, 1)
		p.Mail.Wait(t, "codes@mail.example", notify.PasskeyAdded, 1)
		r := p.Recorded(t, audit.PasskeyAdded)
		if r.AccountID != taro.ID || r.Detail["added_acr"] != assurance.MFA.ACR() || r.SessionID == "" {
			t.Errorf("LG-02: %+v", r)
		}
		if before == "" {
			t.Error("no session")
		}
		k := taro.Passkeys()[0]
		if k.AddedACR != assurance.MFA.ACR() || k.RPID != "localhost" || !k.UserVerified || k.BackupEligible || string(k.CredentialID) != string(d.ID) || k.CreatedAt.IsZero() {
			t.Errorf("PG-18: %+v", k)
		}
	})
	d.Handle = taro.UserHandle
	t.Run("PG-16 with a passkey, nothing weaker is enough", func(t *testing.T) {
		b := p.SignedIn(taro) // password and app, seconds ago
		if page := b.Get("/account/passkeys/add"); page.Has("/password") || !strings.Contains(page.Body, "data-passkey") {
			t.Errorf("PG-16: %s", page.Body)
		}
		secret := b.Cookie(sessionCookie)
		b.UsePasskey(d)
		if b.Cookie(sessionCookie) == secret {
			t.Error("PG-16 SE-03: the session's secret did not change")
		}
		enrolled(t, b, p.NewDevice())
	})
}

// PG-16, D3: the additional check belongs to the customer who passed it. Somebody who
// passes it on an account of their own cannot bring it to a customer whose password and
// one mailed code they have.
func TestCheckStaysWithItsAccount(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	mallory := p.AddAccount(idptest.Customer{Login: "10000666"})
	hanako := p.AddAccount(idptest.Customer{Login: "10000002"})
	b := p.AtEnrolment(mallory)
	enrolment := b.Base()
	b.BeginEnrol() // the check is passed
	binding := b.Cookie("sekisho-browser")
	b.Get("/account")
	b.Submit("/account/logout")
	b.SetCookie("sekisho-browser", binding)
	b.SignIn(p, hanako)
	page := b.Get(enrolment)
	if !page.Has("/code/send") {
		t.Errorf("D3: no check of hanako's own: %s", page.Body)
	}
	if begun := b.Script(enrolment+"/enrol/options", struct{}{}); begun.ChallengeID != "" {
		done := b.Script(enrolment+"/enrol/finish", idptest.Finish{ChallengeID: begun.ChallengeID, Credential: p.NewDevice().Create(t, begun.PublicKey)})
		t.Errorf("PG-16 D3: %d passkeys added with the check of another account (%d)", len(hanako.Passkeys()), done.Status)
	}
}

// What one customer allowed is asked of the next one in the same browser and interaction.
func TestConsentStaysWithItsAccount(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	p.NewRelyingParty("third", func(m *idp.ClientMetadata) { m.FirstParty = false })
	mallory := p.AddAccount(idptest.Customer{Login: "10000666", TOTP: true})
	hanako := p.AddAccount(idptest.Customer{Login: "10000002", TOTP: true})
	b := p.SignedIn(mallory)
	page := b.Authorize("third", idptest.Redirect)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+b.Base()+"/consent", strings.NewReader(form(page.CSRF(), "decision", "allow").Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", formMedia)
	waiting := b.Base()
	if done := b.Do(r); done.Status != http.StatusSeeOther { // and the browser does not follow
		t.Fatalf("%d %s", done.Status, done.Body)
	}
	binding := b.Cookie("sekisho-browser")
	b.Get("/account")
	b.Submit("/account/logout")
	b.SetCookie("sekisho-browser", binding)
	b.SignIn(p, hanako)
	if page := b.Get(waiting); page.Left != "" || !page.Has("/consent") {
		t.Errorf("AZ-32: %q %s", page.Left, page.Body)
	}
}

func TestRenameAndRemove(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	rp := p.NewRelyingParty("app", nil)
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	jiro := p.AddAccount(idptest.Customer{Login: "10000002"})
	first, second := p.GivePasskey(taro, nil), p.GivePasskey(taro, func(k *idp.Passkey) { k.Name = "Second" })
	p.GivePasskey(jiro, nil)
	theirs := jiro.Passkeys()[0].ID
	b := p.NewBrowser()
	b.Get("/account")
	b.UsePasskey(first)
	csrf := b.Page.CSRF()
	t.Run("PG-17 another customer's", func(t *testing.T) {
		for _, verb := range []string{"rename", "remove"} {
			get := b.Get("/account/passkeys/" + theirs + "/" + verb)
			post := b.Post("/account/passkeys/"+theirs+"/"+verb, url.Values{"csrf": {csrf}, "name": {"mine now"}})
			none := b.Post("/account/passkeys/none/"+verb, url.Values{"csrf": {csrf}, "name": {"x"}})
			if get.Status != http.StatusNotFound || post.Status != http.StatusNotFound || none.Status != http.StatusNotFound {
				t.Errorf("PG-17 %s: %d %d %d", verb, get.Status, post.Status, none.Status)
			}
		}
		if k := jiro.Passkeys(); len(k) != 1 || k[0].Name == "mine now" {
			t.Error("PG-17: another customer's passkey changed")
		}
	})
	var ids [2]string
	for _, k := range taro.Passkeys() {
		if string(k.CredentialID) == string(first.ID) {
			ids[0] = k.ID
		} else {
			ids[1] = k.ID
		}
	}
	t.Run("D9 rename", func(t *testing.T) {
		b.Get("/account/passkeys/" + ids[1] + "/rename")
		page := b.Submit("/rename", "name", "  会社の\u202eパソコン \n<b>x</b> ")
		if !strings.Contains(page.Body, "会社のパソコン &lt;b&gt;x&lt;/b&gt;") {
			t.Errorf("D9: %s", page.Body)
		}
		b.Get("/account/passkeys/" + ids[1] + "/rename")
		if page := b.Submit("/rename", "name", " \u200b "); page.URL.Path == "/account" {
			t.Error("D9: an empty name was taken")
		}
		p.Recorded(t, audit.PasskeyRenamed)
	})
	t.Run("PG-17 SE-07 RT-09 D4 D9 removed, at once and with what rests on it", func(t *testing.T) {
		other := p.NewBrowser()
		other.Authorize("app", idptest.Redirect, "scope", "openid offline_access")
		page := other.UsePasskey(second)
		tokens := rp.Exchange(page.Response(t, idptest.Redirect).Get("code"))
		b.Get("/account/passkeys/" + ids[1] + "/remove")
		if page := b.Submit("/remove"); page.URL.Path != "/account" || len(taro.Passkeys()) != 1 {
			t.Fatalf("PG-17: %d %s", page.Status, page.Body)
		}
		if other.Get("/account").Has("/account/logout") {
			t.Error("SE-07: a session that rests on the removed passkey goes on")
		}
		if rp.Refresh(tokens.String("refresh_token")).Status != http.StatusBadRequest || p.Userinfo(tokens.String("access_token")).Status != http.StatusUnauthorized {
			t.Error("RT-09: its tokens go on")
		}
		fresh := p.NewBrowser()
		fresh.Authorize("app", idptest.Redirect)
		if done := fresh.AnswerPasskey(second); done.Next != "" || done.Status != http.StatusUnprocessableEntity {
			t.Errorf("PG-17: the removed passkey: %d %+v", done.Status, done)
		}
		p.Mail.Wait(t, taro.Email, notify.PasskeyRemoved, 1)
		p.Recorded(t, audit.PasskeyRemoved)
	})
	t.Run("D9 the last one says what is left", func(t *testing.T) {
		page := b.Get("/account/passkeys/" + ids[0] + "/remove?lang=en")
		if !strings.Contains(page.Body, "authenticator app") {
			t.Errorf("D9: %s", page.Body)
		}
	})
	t.Run("PG-17 the last way in stays", func(t *testing.T) {
		only, key := p.PasskeyOnly("10000003")
		b := p.NewBrowser()
		b.Get("/account")
		b.UsePasskey(key)
		id := only.Passkeys()[0].ID
		b.Get("/account/passkeys/" + id + "/remove")
		csrf := b.Get("/account").CSRF()
		page := b.Post("/account/passkeys/"+id+"/remove", url.Values{"csrf": {csrf}})
		if len(only.Passkeys()) != 1 || page.Status != http.StatusOK {
			t.Errorf("PG-17: %d, %d passkeys left", page.Status, len(only.Passkeys()))
		}
	})
}

func TestPasskeyLimit(t *testing.T) {
	p := idptest.New(t, idptest.Options{})
	taro := p.AddAccount(idptest.Customer{Login: "10000001", TOTP: true})
	first := p.GivePasskey(taro, nil)
	p.GivePasskey(taro, nil)
	at := func() *idptest.Browser {
		b := p.NewBrowser()
		b.Get("/account/passkeys/add")
		b.UsePasskey(first)
		return b
	}
	one, two := at(), at()
	begun := two.BeginEnrol()
	enrolled(t, one, p.NewDevice())
	done := two.Script(two.Base()+"/enrol/finish", idptest.Finish{ChallengeID: begun.ChallengeID, Credential: p.NewDevice().Create(t, begun.PublicKey)})
	if done.Next != "" || done.Error.Code != "passkey_limit" || len(taro.Passkeys()) != 3 {
		t.Errorf("D5: a fourth: %+v, %d stored", done, len(taro.Passkeys()))
	}
	if done := two.Script(two.Base()+"/enrol/options", struct{}{}); done.Status != http.StatusConflict || done.Error.Code != "passkey_limit" {
		t.Errorf("D5: %+v", done)
	}
	if page := one.Get("/account/passkeys/add"); !strings.Contains(page.Body, `data-code="passkey_limit"`) {
		t.Errorf("D5: %s", page.Body)
	}
}
