package loginui

import "time"

// PersonalData asks for birth date and postal code at a sign-in from a new environment (A10).
// Posts: {Base}/personal-data (birthdate, postal_code), {Base}/cancel.
type PersonalData struct{ Frame }

// EnvironmentItem is a browser in which the customer signed in before.
type EnvironmentItem struct {
	ID         string
	Device     string // "Chrome, Windows"; "" when it does not say
	CreatedAt  time.Time
	LastSeenAt time.Time
	Current    bool
}

// Notice codes of known environments.
const (
	NoticePersonalDataWrong      = "personal_data_wrong"
	NoticePersonalDataLocked     = "personal_data_locked" // Until
	NoticePersonalDataHardLocked = "personal_data_hard_locked"
	NoticeEnvironmentForgotten   = "environment_forgotten"
	NoticeLostWaits              = "lost_waits" // Until
)

func environmentNotices() []string {
	return []string{NoticePersonalDataWrong, NoticePersonalDataLocked, NoticePersonalDataHardLocked, NoticeEnvironmentForgotten, NoticeLostWaits}
}

func init() { noticeField[NoticePersonalDataWrong] = "birthdate" }

func (PersonalData) template() string { return "personal_data" }
