package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

// environments are the pages about known and new devices.
func environments() []Sample {
	return []Sample{
		page("personal-data", func(f loginui.Frame) loginui.Page { return loginui.PersonalData{Frame: client(f)} }),
		page("personal-data-wrong", func(f loginui.Frame) loginui.Page {
			return loginui.PersonalData{Frame: with(client(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePersonalDataWrong})}
		}),
		page("code-new-environment", func(f loginui.Frame) loginui.Page {
			return loginui.Code{Frame: client(f), Kind: "totp", Purpose: "sign_in", NewEnvironment: true}
		}),
		page("security-environments", func(f loginui.Frame) loginui.Page {
			s := security(f).(loginui.Security)
			s.Environments = []loginui.EnvironmentItem{
				{ID: "e1", Device: "Safari, iOS", CreatedAt: in(-300 * 24 * time.Hour), LastSeenAt: in(-40 * time.Minute), Current: true},
				{ID: "e2", Device: "Edge, Windows", CreatedAt: in(-60 * 24 * time.Hour), LastSeenAt: in(-26 * time.Hour)},
				{ID: "e3", CreatedAt: in(-90 * 24 * time.Hour), LastSeenAt: in(-70 * 24 * time.Hour)},
			}
			return s
		}),
	}
}
