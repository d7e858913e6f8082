package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

// devices are the pages on which a device is connected.
func devices() []Sample {
	ask := func(f loginui.Frame) loginui.DeviceApprove {
		f = client(f)
		return loginui.DeviceApprove{
			Frame: f, Client: loginui.ClientCard{Name: pick(f, "青葉証券 店頭端末", "Aoba Lobby Terminal"), Verified: true}, MaskedLogin: maskedLogin,
			Scopes: []loginui.ScopeItem{{Scope: "openid"}, {Scope: "profile"}}, Device: pick(f, "端末", "Terminal"), IP: "198.51.100.24", At: in(-2 * time.Minute), Until: in(8 * time.Minute),
		}
	}
	samples := []Sample{
		page("device", func(f loginui.Frame) loginui.Page { return loginui.DeviceCode{Frame: f} }),
		page("device-unknown", func(f loginui.Frame) loginui.Page {
			f.Notice = &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeUserCodeUnknown}
			return loginui.DeviceCode{Frame: f}
		}),
		page("device-compare", func(f loginui.Frame) loginui.Page { return loginui.DeviceCode{Frame: f, Code: "WDJB-MJHT"} }),
		page("device-approve", func(f loginui.Frame) loginui.Page { return ask(f) }),
		page("device-approve-elsewhere", func(f loginui.Frame) loginui.Page {
			p := ask(f)
			p.Elsewhere, p.Device, p.Operation, p.Lifetime = true, "", "urn:sekisho:op:trade", 90*24*time.Hour
			p.Client = loginui.ClientCard{Name: "Kabu TV", PolicyURI: "https://kabu.example/privacy"}
			p.Scopes = append(p.Scopes, loginui.ScopeItem{Scope: "offline_access"})
			return p
		}),
	}
	for _, how := range loginui.DeviceEnds() {
		samples = append(samples, page("device-"+how, func(f loginui.Frame) loginui.Page { return loginui.DeviceEnd{Frame: f, How: how} }))
	}
	return samples
}
