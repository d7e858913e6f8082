package session

import "github.com/medama-io/go-useragent"

var agents = useragent.NewParser()

// Describe is a browser in a few words, such as "Chrome, Windows", for pages and mails. It
// is what the browser says of itself, so it helps a customer recognise a device and
// decides nothing.
func Describe(userAgent string) string {
	ua := agents.Parse(userAgent)
	browser, os := string(ua.Browser()), string(ua.OS())
	switch {
	case browser != "" && os != "":
		return browser + ", " + os
	case browser != "":
		return browser
	default:
		return os
	}
}
