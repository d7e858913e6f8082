package idp

import "time"

// PushedRequest is an authorization request that a client sent ahead of the browser (RFC
// 9126). The request_uri that stands for it serves until ExpiresAt to begin with, as often
// as the page is loaded, and leads to one authorization only.
type PushedRequest struct {
	Hash      []byte // HashSecret of the request_uri
	ClientID  string
	Request   []byte // the checked authorization request, JSON that storage does not read
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero: nothing was answered to it yet
}
