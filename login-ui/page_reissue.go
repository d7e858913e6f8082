package loginui

// Reissue asks for new temporary passwords by post, at /reissue.
// Posts: /reissue (login, birthdate, postal_code).
type Reissue struct {
	Frame
	LoginName string
}

// ReissueAccepted is the answer, the same for everybody (A9).
type ReissueAccepted struct{ Frame }

// MustChange demands a new login password after a sign-in with a temporary one.
// Posts: {Base}/password/new (new), {Base}/cancel.
type MustChange struct {
	Frame
	Letter    bool // it came by letter
	MinLength int
	Reasons   []string
	LoginName string
}

// LetterStopped says that a letter was stopped by its stop code.
type LetterStopped struct{ Frame }

func (Reissue) template() string         { return "reissue" }
func (ReissueAccepted) template() string { return "reissue_accepted" }
func (MustChange) template() string      { return "must_change" }
func (LetterStopped) template() string   { return "letter_stopped" }

// Notice codes of these pages.
const (
	NoticeTemporaryGone  = "temporary_gone"  // used, stopped or too old
	NoticeReissueMissing = "reissue_missing" // a field is empty or cannot be read
	// NoticePasswordReplaced: another window was faster to change a password that must be.
	NoticePasswordReplaced = "password_replaced"
)

func reissueNotices() []string {
	return []string{NoticeTemporaryGone, NoticeReissueMissing, NoticePasswordReplaced}
}

func init() { noticeField[NoticeReissueMissing] = "birthdate" }
