package config

import "time"

// Text is a text by language ("ja", "en").
type Text map[string]string

// In returns the text in the language; where it is missing, another one stands in.
func (t Text) In(lang string) string {
	for _, l := range []string{lang, "ja", "en"} {
		if t[l] != "" {
			return t[l]
		}
	}
	return ""
}

// Firm is what customers see of the firm.
type Firm struct {
	Name        Text     `koanf:"name" doc:"The firm's name by language."`
	Mark        string   `koanf:"mark" doc:"SVG file of the firm's mark, drawn in currentColor. Empty: the product's."`
	Accent      string   `koanf:"accent" validate:"omitempty,colour" doc:"Accent colour (#rrggbb) on light paper. Text in it must reach contrast 4.5:1 (WCAG AA). Empty: the product's."`
	AccentDark  string   `koanf:"accent_dark" validate:"omitempty,colour" doc:"Accent colour on dark paper, held to the same contrast. Empty: made from accent."`
	HelpDesk    HelpDesk `koanf:"help_desk" doc:"Shown on every page where a customer can get stuck."`
	AccountWord Text     `koanf:"account_word" doc:"What the firm calls the name that customers log in with, by language."`
}

// HelpDesk is where a customer who is stuck can call.
type HelpDesk struct {
	Phone string `koanf:"phone" doc:"Telephone number as it is shown."`
	Hours Text   `koanf:"hours" doc:"Opening hours by language."`
}

// Kinds of mail and of its encryption.
const (
	MailSMTP        = "smtp"
	MailDevelopment = "development"

	SMTPStartTLS = "starttls"
	SMTPTLS      = "tls"
	SMTPPlain    = "none"
)

// Mail says how mail leaves.
type Mail struct {
	Kind        string `koanf:"kind" validate:"oneof=smtp development" doc:"smtp sends mail. development keeps it in the process, to be read at mailbox_addr; production refuses that."`
	SMTP        SMTP   `koanf:"smtp" doc:"The firm's mail server."`
	From        string `koanf:"from" validate:"omitempty,email" doc:"Sender address."`
	MailboxAddr string `koanf:"mailbox_addr" validate:"omitempty,listen" doc:"Address and port of the page that shows kept mail, for kind development only."`
}

// SMTP is a mail server.
type SMTP struct {
	Host         string        `koanf:"host" validate:"omitempty,hostname_rfc1123|ip" doc:"Host name of the mail server."`
	Port         int           `koanf:"port" validate:"min=0,max=65535" doc:"Port; 0 takes 587 for starttls, 465 for tls, 25 for none."`
	TLS          string        `koanf:"tls" validate:"oneof=starttls tls none" doc:"starttls or tls; none is for a server on the same machine only."`
	Username     string        `koanf:"username" doc:"User name; empty sends without authentication."`
	PasswordFile string        `koanf:"password_file" doc:"File with the password."`
	PasswordEnv  string        `koanf:"password_env" doc:"Environment variable with the password, used when password_file is empty."`
	Timeout      time.Duration `koanf:"timeout" validate:"min=1s,max=5m" doc:"Longest time one delivery may take."`
	Password     Secret        `koanf:"-"`
}
