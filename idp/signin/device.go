package signin

import (
	"net/http"

	"sekisho/idp/session"
)

// deviceName proposes a name for a new passkey; the customer may change it.
func deviceName(r *http.Request, lang string) string {
	if name := session.Describe(r.UserAgent()); name != "" {
		return name
	}
	if lang == "en" {
		return "This device"
	}
	return "この端末"
}
