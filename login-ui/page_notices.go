package loginui

import "time"

// NotMe is the page at /notme for those who got a mail about a sign-in that was not
// theirs. Posts: {Base}/notme (login, code).
type NotMe struct {
	Frame
	LoginName string
}

// Frozen says that the account is stopped and how to come back (E6).
type Frozen struct{ Frame }

// HistoryItem is one thing that happened in an account, in plain words by its event name.
type HistoryItem struct {
	Event   string // a name of the audit trail; texts are under "event"
	Way     string // "passkey", "totp" or "email_code" where it says more; else ""
	At      time.Time
	Device  string // "" when unknown
	Desk    bool   // by the firm, not by the customer
	Current bool   // in this very session
}

// History is the list of what happened lately, newest first.
type History struct {
	Frame
	Items []HistoryItem
}

// MailChoice is one kind of optional mail.
type MailChoice struct {
	Kind string // name of its checkbox; texts are under "mails"
	On   bool
}

// Notifications is the choice of mails (A4). Posts: {Base}/notifications, one checkbox per
// optional kind.
type Notifications struct {
	Frame
	Optional []MailChoice
	Critical []string // kinds that are always sent
	To       []string // masked addresses that critical mails go to
}

func (NotMe) template() string         { return "notme" }
func (Frozen) template() string        { return "frozen" }
func (History) template() string       { return "history" }
func (Notifications) template() string { return "notifications" }

// Notice codes of these pages.
const (
	NoticeStopCodeFailed     = "stop_code_failed" // wrong, used or expired, or no such account; never which
	NoticeNotificationsSaved = "notifications_saved"
)
