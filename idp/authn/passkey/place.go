package passkey

import (
	"net/url"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
)

// takes reports whether a ceremony may come from this origin: from a configured one,
// spelled exactly so (PA-13), and from one of the firm's apps for signing in only. An app
// that could register would be an embedded browser with the customer's secrets in it (D6).
func (o Options) takes(kind protocol.CeremonyType, origin string) bool {
	return slices.Contains(o.Origins, origin) || kind == protocol.AssertCeremony && slices.Contains(o.Apps, origin)
}

// home is the domain an origin must lie in: the RP ID, or its own for a related origin.
func (o Options) home(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || !slices.Contains(o.Related, origin) {
		return o.RPID
	}
	return u.Hostname()
}

// inAppMarks are what the browsers inside of widespread apps say of themselves.
var inAppMarks = []string{
	"; wv)", // Android WebView, in whatever app
	" Line/", "FBAN/", "FBAV/", "FB_IAB/", "Instagram ", "Barcelona ", "MicroMessenger/", "KAKAOTALK", "YJApp-", "TikTok", "BytedanceWebview",
	"musical_ly", "Snapchat/", "Pinterest/", "LinkedInApp", "Twitter for ", "GSA/",
}

// InApp reports whether a page is shown inside of an app instead of a browser. There the
// app can read what is typed and the passkey may belong to the app's own store, so none
// is added there (D6); signing in goes on (D8). It is what the browser says of itself: it
// helps honest customers to a better place, and what an app lies about, its origin tells.
func InApp(userAgent string) bool {
	for _, mark := range inAppMarks {
		if strings.Contains(userAgent, mark) {
			return true
		}
	}
	apple := strings.Contains(userAgent, "iPhone") || strings.Contains(userAgent, "iPad") || strings.Contains(userAgent, "iPod")
	return apple && strings.Contains(userAgent, "AppleWebKit/") && !strings.Contains(userAgent, "Safari/") // WKWebView
}
