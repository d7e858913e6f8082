package loginui

import "time"

// SecurityQuestion lets the customer choose a question and answer it (A5), right after a
// sign-in or, with Own, in the security centre. Posts: Action (question, answer; with Later
// also choice=later). Without Own: {Base}/cancel.
type SecurityQuestion struct {
	Frame
	Action    string
	Own       bool
	Change    bool // an answer is there already
	Later     bool // may be put off
	Questions []QuestionChoice
}

// QuestionChoice is one of the firm's questions in the page's language.
type QuestionChoice struct{ ID, Text string }

// QuestionItem is the security question in the security centre.
type QuestionItem struct {
	SetAt time.Time // zero: none is answered
}

// Notice codes of the security question.
const (
	NoticeAnswerRefused = "answer_refused" // no question chosen, or an answer too short or too long
	NoticeAnswerSet     = "answer_set"
	NoticeAnswerWrong   = "answer_wrong"  // Left; at a recovery
	NoticeAnswerLocked  = "answer_locked" // Until; at a recovery
)

func questionNotices() []string {
	return []string{NoticeAnswerRefused, NoticeAnswerSet, NoticeAnswerWrong, NoticeAnswerLocked}
}

func init() { noticeField[NoticeAnswerRefused], noticeField[NoticeAnswerWrong] = "answer", "answer" }

func (SecurityQuestion) template() string { return "security_question" }
