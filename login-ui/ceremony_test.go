package loginui_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	loginui "sekisho/login-ui"
)

// desk is the least of a provider that the page's script can hold its ceremonies with.
type desk struct {
	t    *testing.T
	site *loginui.Site
	wa   *webauthn.WebAuthn

	mu       sync.Mutex
	handle   []byte
	passkeys []webauthn.Credential
	open     *webauthn.SessionData
	calls    []string // path and mediation of each call
	names    []string
	form     map[string]string // last form post
	refuse   *loginui.Notice   // answer the finish with this
	moved    bool              // answer options with next: another tab was faster
}

func (d *desk) WebAuthnID() []byte                         { return d.handle }
func (d *desk) WebAuthnName() string                       { return "30154567" }
func (d *desk) WebAuthnDisplayName() string                { return "山田 花子" }
func (d *desk) WebAuthnCredentials() []webauthn.Credential { return d.passkeys }

const deskCSRF = "token-of-this-form"

func newDesk(t *testing.T) (*desk, string) {
	t.Helper()
	d := &desk{t: t, site: newSite(t), handle: make([]byte, 32)}
	_, _ = rand.Read(d.handle)
	mux := http.NewServeMux()
	origin := listen(t, mux)
	var err error
	d.wa, err = webauthn.New(&webauthn.Config{RPID: "localhost", RPDisplayName: "Aoba", RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}})
	if err != nil {
		t.Fatal(err)
	}
	frame := func(r *http.Request) loginui.Frame {
		return loginui.Frame{Lang: loginui.Lang(r, nil), CSRF: deskCSRF, Base: "/interaction/i1", ClientName: "Aoba Trade"}
	}
	mux.Handle("/assets/", d.site.Assets())
	mux.HandleFunc("GET /signin", func(w http.ResponseWriter, r *http.Request) {
		d.site.Render(w, r, http.StatusOK, loginui.SignIn{Frame: frame(r), ShowPassword: true, ShowPasskey: true})
	})
	mux.HandleFunc("GET /stepup", func(w http.ResponseWriter, r *http.Request) {
		d.site.Render(w, r, http.StatusOK, loginui.SignIn{Frame: frame(r), ShowPasskey: true, PasskeyOnly: true, Reauth: true})
	})
	mux.HandleFunc("GET /enrol", func(w http.ResponseWriter, r *http.Request) {
		d.site.Render(w, r, http.StatusOK, loginui.EnrolPasskey{Frame: frame(r), Max: 3, DefaultName: "iPhone"})
	})
	mux.HandleFunc("GET /help/environments", func(w http.ResponseWriter, r *http.Request) {
		d.site.Render(w, r, http.StatusOK, loginui.Environments{Frame: frame(r)})
	})
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, r *http.Request) {
		d.site.Render(w, r, http.StatusOK, loginui.LoggedOut{Frame: frame(r)})
	})
	mux.HandleFunc("POST /interaction/i1/{step...}", d.step)
	return d, origin
}

func (d *desk) step(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	step := r.PathValue("step")
	if r.Header.Get("Content-Type") != "application/json" {
		d.form = map[string]string{"step": step}
		_ = r.ParseForm()
		for k := range r.PostForm {
			d.form[k] = r.PostForm.Get(k)
		}
		http.Redirect(w, r, "/done", http.StatusSeeOther)
		return
	}
	if r.Header.Get("X-CSRF-Token") != deskCSRF {
		d.t.Errorf("%s without the form token", step)
	}
	answer, err := d.ceremony(step, r)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err != nil {
		d.t.Logf("%s: %v", step, err)
		n := loginui.Notice{Code: loginui.NoticePasskeyFailed}
		if d.refuse != nil {
			n = *d.refuse
		}
		title, detail := d.site.NoticeText("en", n)
		w.WriteHeader(http.StatusBadRequest)
		answer = map[string]any{"error": map[string]string{"code": n.Code, "title": title, "detail": detail}}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// ceremony is the JSON contract: options give challenge_id and publicKey, finishes give next.
func (d *desk) ceremony(step string, r *http.Request) (any, error) {
	var in struct {
		Mediation   string          `json:"mediation"`
		ChallengeID string          `json:"challenge_id"`
		Credential  json.RawMessage `json:"credential"`
		Name        string          `json:"name"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	d.calls = append(d.calls, step+" "+in.Mediation)
	if step == "passkey" || step == "enrol/finish" {
		if in.ChallengeID != "c1" || d.open == nil {
			return nil, errors.New("no open challenge")
		}
		if d.refuse != nil {
			return nil, errors.New("refused by the test")
		}
		r.Body = http.NoBody
	}
	if d.moved {
		return map[string]string{"next": "/done"}, nil
	}
	switch step {
	case "passkey/options":
		options, open, err := d.wa.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return nil, err
		}
		d.open = open
		return map[string]any{"challenge_id": "c1", "publicKey": options.Response}, nil
	case "enrol/options":
		options, open, err := d.wa.BeginRegistration(d, webauthn.WithExclusions(webauthn.Credentials(d.passkeys).CredentialDescriptors()))
		if err != nil {
			return nil, err
		}
		d.open = open
		return map[string]any{"challenge_id": "c1", "publicKey": options.Response}, nil
	case "passkey":
		parsed, err := protocol.ParseCredentialRequestResponseBody(bytes.NewReader(in.Credential))
		if err != nil {
			return nil, err
		}
		if _, _, err = d.wa.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
			if !bytes.Equal(handle, d.handle) {
				return nil, errors.New("another handle")
			}
			return d, nil
		}, *d.open, parsed); err != nil {
			return nil, err
		}
	case "enrol/finish":
		parsed, err := protocol.ParseCredentialCreationResponseBody(bytes.NewReader(in.Credential))
		if err != nil {
			return nil, err
		}
		passkey, err := d.wa.CreateCredential(d, *d.open, parsed)
		if err != nil {
			return nil, err
		}
		d.passkeys, d.names = append(d.passkeys, *passkey), append(d.names, in.Name)
	default:
		return nil, errors.New("no such step")
	}
	d.open = nil
	return map[string]string{"next": "/done"}, nil
}

func (d *desk) called() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.calls...)
}

func (d *desk) posted() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.form
}
