package sample

import loginui "sekisho/login-ui"

// reissues are the pages around temporary passwords by post.
func reissues() []Sample {
	return []Sample{
		page("reissue", func(f loginui.Frame) loginui.Page { return loginui.Reissue{Frame: f} }),
		page("reissue-missing", func(f loginui.Frame) loginui.Page {
			return loginui.Reissue{Frame: with(f, loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeReissueMissing}), LoginName: "30154567"}
		}),
		page("reissue-accepted", func(f loginui.Frame) loginui.Page { return loginui.ReissueAccepted{Frame: f} }),
		page("must-change", func(f loginui.Frame) loginui.Page {
			return loginui.MustChange{Frame: client(f), Letter: true, MinLength: 12, LoginName: "30154567"}
		}),
		page("must-change-refused", func(f loginui.Frame) loginui.Page {
			return loginui.MustChange{Frame: with(client(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticePasswordRefused}), MinLength: 12,
				LoginName: "30154567", Reasons: []string{"temporary", "too_short"}}
		}),
		page("letter-stopped", func(f loginui.Frame) loginui.Page { return loginui.LetterStopped{Frame: f} }),
	}
}
