package sample

import (
	"net/http"
	"time"

	loginui "sekisho/login-ui"
)

func endings() []Sample {
	return []Sample{
		page("ending-session", func(f loginui.Frame) loginui.Page {
			s := security(f).(loginui.Security)
			s.Ends = &loginui.Ending{Kind: loginui.EndingSession, At: in(60 * time.Minute), Stay: "/gallery/stay", Again: "/account"}
			return s
		}),
		page("ending-session-fixed", func(f loginui.Frame) loginui.Page {
			p := loginui.PasswordChange{Frame: own(f), MinLength: 12, LoginName: "30154567"}
			p.Ends = &loginui.Ending{Kind: loginui.EndingSession, At: in(90 * time.Second), Fixed: true, Stay: "/gallery/stay-fixed", Again: "/account"}
			return p
		}),
		page("ending-signin", func(f loginui.Frame) loginui.Page {
			f = client(f)
			f.Ends = &loginui.Ending{Kind: loginui.EndingInteraction, At: in(30 * time.Minute), Stay: "/gallery/stay"}
			return loginui.SignIn{Frame: f, ShowPassword: true, ShowPasskey: true}
		}),
		page("ending-signin-soon", func(f loginui.Frame) loginui.Page {
			f = client(f)
			f.Ends = &loginui.Ending{Kind: loginui.EndingInteraction, At: in(100 * time.Second), Stay: "/gallery/stay-soon"}
			return loginui.SignIn{Frame: f, ShowPassword: true, ShowPasskey: true}
		}),
	}
}

// stays answer what the pages about to end ask: nothing is stored, so one that asks is told
// the time it was shown with, and one that stays gets half an hour.
var stays = map[string]func(*loginui.Site, *http.Request) loginui.Remaining{
	"/gallery/stay": func(site *loginui.Site, r *http.Request) loginui.Remaining {
		return moved(site, r, in(2*time.Minute), false)
	},
	"/gallery/stay-soon": func(site *loginui.Site, r *http.Request) loginui.Remaining {
		return moved(site, r, in(100*time.Second), false)
	},
	"/gallery/stay-fixed": func(site *loginui.Site, r *http.Request) loginui.Remaining {
		return moved(site, r, in(90*time.Second), true)
	},
}

func moved(site *loginui.Site, r *http.Request, at time.Time, fixed bool) loginui.Remaining {
	if r.PostFormValue("stay") == "1" && !fixed {
		at = in(30 * time.Minute)
	}
	return site.Remaining(loginui.Lang(r, nil), at, fixed)
}
