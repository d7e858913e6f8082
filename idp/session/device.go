package session

import "github.com/medama-io/go-useragent"

var agents = useragent.NewParser()

// Family is the browser's family and its platform, without versions; "" where it does not say.
func Family(userAgent string) (browser, platform string) {
	ua := agents.Parse(userAgent)
	return string(ua.Browser()), string(ua.OS())
}

// Describe is a browser in a few words, such as "Chrome, Windows", for pages and mails. It
// is what the browser says of itself, so it helps a customer recognise a device and
// decides nothing.
func Describe(userAgent string) string {
	return DescribeFamily(Family(userAgent))
}

// DescribeFamily is Describe of what is known already.
func DescribeFamily(browser, os string) string {
	switch {
	case browser != "" && os != "":
		return browser + ", " + os
	case browser != "":
		return browser
	default:
		return os
	}
}
