package idp

import "time"

// ClientLogo is the picture of a client as the provider drew it anew.
type ClientLogo struct {
	ClientID  string
	URI       string // the logo_uri it was fetched from
	Image     []byte // PNG; nil when there was none to be had
	CheckedAt time.Time
}
