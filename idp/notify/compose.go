package notify

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	html "html/template"
	"slices"
	text "text/template"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
)

//go:embed layout.txt.tmpl layout.html.tmpl
var layouts embed.FS

var (
	textLayout = text.Must(text.ParseFS(layouts, "layout.txt.tmpl"))
	htmlLayout = html.Must(html.ParseFS(layouts, "layout.html.tmpl"))
)

// Vault seals payloads while they wait in the database; *keys.Vault is one.
type Vault interface {
	Seal(p keys.Purpose, context string, plain []byte) ([]byte, error)
	Open(p keys.Purpose, context string, sealed []byte) ([]byte, error)
}

// Options are what a firm sets once.
type Options struct {
	Firm     map[string]string // name by language ("ja", "en"); the other one stands in for a missing one
	HelpDesk map[string]string // number and hours by language (E6)
	Vault    Vault
	Now      func() time.Time
	Zone     *time.Location // of clock times in mails; default: Japan
	// Languages mails are written in, the first to who reads none of them; default: Japanese
	// and English.
	Languages []string
	// NoticeLifetime is how long a notice without a code is worth delivering; default 24 h.
	NoticeLifetime time.Duration
}

// Composer writes mails. It is safe for concurrent use.
type Composer struct{ opt Options }

// NewComposer checks and completes the options.
func NewComposer(o Options) (*Composer, error) {
	if o.Vault == nil {
		return nil, fmt.Errorf("notify: a vault is required: undelivered codes are never stored in clear")
	}
	if inLanguage(o.Firm, "ja") == "" {
		return nil, fmt.Errorf("notify: the firm's name is required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.FixedZone("JST", 9*60*60)
	}
	if len(o.Languages) == 0 {
		o.Languages = []string{"ja", "en"}
	}
	if o.NoticeLifetime <= 0 {
		o.NoticeLifetime = 24 * time.Hour
	}
	return &Composer{opt: o}, nil
}

// Mail is what a Sender transmits.
type Mail struct {
	ID       string `json:"-"` // the outbox id; names the Message-ID
	Kind     Kind   `json:"kind"`
	Lang     string `json:"lang"`
	To       string `json:"to"`
	FromName string `json:"from_name"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
	HTML     string `json:"html"`
}

// Compose writes the mail of that kind in lang, if mails are written in it, and seals it for the
// outbox. It fails with idp.ErrRejected for an address that is not one plain address or
// not verified, and for a code mail without code or expiry.
func (c *Composer) Compose(kind Kind, to idp.Email, lang string, data Data) (idp.OutboxMessage, error) {
	if !slices.Contains(c.opt.Languages, lang) {
		lang = c.opt.Languages[0]
	}
	m, err := c.write(kind, to, lang, data)
	if err != nil {
		return idp.OutboxMessage{}, err
	}
	now := c.opt.Now().UTC().Truncate(time.Microsecond)
	msg := idp.OutboxMessage{
		ID: idp.NewID(), Kind: "mail", AccountID: to.AccountID,
		CreatedAt: now, NotBefore: now, ExpiresAt: now.Add(c.opt.NoticeLifetime),
	}
	if kind.carriesCode() {
		msg.ExpiresAt = data.ExpiresAt.UTC()
	}
	plain, err := json.Marshal(m)
	if err != nil {
		return idp.OutboxMessage{}, fmt.Errorf("notify: encode: %w", err)
	}
	if msg.Payload, err = c.opt.Vault.Seal(keys.PurposeOutbox, msg.ID, plain); err != nil {
		return idp.OutboxMessage{}, fmt.Errorf("notify: seal: %w", err)
	}
	return msg, nil
}

// Unseal opens a message that Compose sealed. Errors are *SendError.
func Unseal(v Vault, m idp.OutboxMessage) (Mail, error) {
	var mail Mail
	plain, err := v.Open(keys.PurposeOutbox, m.ID, m.Payload)
	if err != nil {
		return mail, &SendError{Class: "sealed", err: err}
	}
	if err := json.Unmarshal(plain, &mail); err != nil {
		return mail, &SendError{Class: "payload", err: err}
	}
	mail.ID = m.ID
	return mail, nil
}

// view is what the layouts see. All text in it is either constant or cleaned.
type view struct {
	Lang, Firm, Subject, Lead, Code, CodeLabel string
	Facts                                      []fact
	Advice                                     []string
	HelpLabel, Help, Colon, Footer             string
}

type fact struct{ Label, Value string }

func (c *Composer) write(kind Kind, to idp.Email, lang string, data Data) (Mail, error) {
	tag, l := languageOf(lang)
	w, known := l.mails[kind]
	if !known {
		return Mail{}, fmt.Errorf("notify: unknown kind %q", kind)
	}
	if kind == SessionsEnded && data.AllDevices {
		w = l.allDevices
	}
	if kind.undoes() {
		l.Code = l.UndoCode
	}
	if err := checkAddress(to.Address); err != nil {
		return Mail{}, err
	}
	if !to.Verified() && !kind.beforeVerified() {
		return Mail{}, fmt.Errorf("notify: address not verified: %w", idp.ErrRejected)
	}
	if kind.carriesCode() != (data.Code != "") || data.Code != "" && (!codeShape.MatchString(data.Code) || data.ExpiresAt.IsZero()) {
		return Mail{}, fmt.Errorf("notify: %s and its code do not fit: %w", kind, idp.ErrRejected)
	}
	if kind.tellsOfSignIn() != (data.StopCode != "") || data.StopCode != "" && (!codeShape.MatchString(data.StopCode) || data.StopUntil.IsZero()) {
		return Mail{}, fmt.Errorf("notify: %s and its stop code do not fit: %w", kind, idp.ErrRejected)
	}
	firm := spokenFirm(inLanguage(c.opt.Firm, tag))
	v := view{
		Lang: tag, Firm: firm, Subject: w.Subject, Lead: w.Lead, Code: data.Code, CodeLabel: l.Code,
		Facts: c.facts(l, data), Advice: w.advice(data),
		HelpLabel: l.Help, Help: inLanguage(c.opt.HelpDesk, tag), Colon: l.Colon, Footer: l.Footer,
	}
	var plain, rich bytes.Buffer
	if err := textLayout.ExecuteTemplate(&plain, "layout.txt.tmpl", v); err != nil {
		return Mail{}, fmt.Errorf("notify: text part: %w", err)
	}
	if err := htmlLayout.ExecuteTemplate(&rich, "layout.html.tmpl", v); err != nil {
		return Mail{}, fmt.Errorf("notify: html part: %w", err)
	}
	return Mail{
		Kind: kind, Lang: tag, To: to.Address, FromName: firm, Subject: l.Open + firm + l.Close + w.Subject,
		Text: plain.String(), HTML: rich.String(),
	}, nil
}

func (c *Composer) facts(l language, d Data) []fact {
	if d.At.IsZero() {
		d.At = c.opt.Now()
	}
	var out []fact
	add := func(label, value string) {
		if value != "" {
			out = append(out, fact{label, value})
		}
	}
	clock := func(t time.Time, layout string) string {
		if t.IsZero() {
			return ""
		}
		return t.In(c.opt.Zone).Format(layout)
	}
	add(l.Expires, clock(d.ExpiresAt, l.ExpiryClock))
	add(l.At, clock(d.At, l.Clock))
	add(l.Passkey, spoken(d.PasskeyName, 40))
	add(l.Device, spoken(d.Device, 60))
	if d.IP.IsValid() {
		add(l.IP, d.IP.Unmap().WithZone("").String())
	}
	add(l.LockedUntil, clock(d.LockedUntil, l.ExpiryClock))
	add(l.Amount, d.Amount.in(l.Yen))
	add(l.Destination, spoken(d.Destination, 40))
	add(l.StopCode, d.StopCode)
	add(l.StopUntil, clock(d.StopUntil, l.ExpiryClock))
	add(l.HeldUntil, clock(d.HeldUntil, l.ExpiryClock))
	add(l.MailedFrom, clock(d.MailedFrom, l.ExpiryClock))
	return out
}

func inLanguage(m map[string]string, lang string) string {
	if s := m[lang]; s != "" {
		return s
	}
	if s := m["ja"]; s != "" {
		return s
	}
	return m["en"]
}

// spokenFirm keeps the firm's name to one line: it goes into headers.
func spokenFirm(name string) string { return spoken(name, 60) }
