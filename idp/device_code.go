package idp

import (
	"errors"
	"time"
)

// DeviceCode is one device authorization request (RFC 8628): a machine without a keyboard
// or a browser waits until its customer approved elsewhere.
type DeviceCode struct {
	Hash        []byte // HashSecret of the device code
	UserCode    []byte // keyed MAC of the user code, so that the table tells nobody one to type
	ClientID    string
	Request     []byte // the checked request, JSON that storage does not read
	DPoPKey     string // thumbprint of the one key that may redeem it; "" when the request proved none
	CreatedAt   time.Time
	ExpiresAt   time.Time
	PollSeconds int // that the device must wait between two requests; slow_down adds to it
	PolledAt    time.Time
	// InteractionID and BrowserHash name where the user code was entered; empty before. Only
	// that interaction can answer, and only that browser can enter the code again.
	InteractionID string
	BrowserHash   []byte
	AnsweredAt    time.Time
	GrantID       string // of the approval; "" while it waits and after a refusal
}

// ApproveDevice finishes an interaction with a grant for a waiting device, once.
type ApproveDevice struct {
	InteractionID string
	Version       int
	Hash          []byte // of the device code
	Grant         Grant
	Consent       *Consent
	At            time.Time
	Effects       Effects
}

// Why a device gets no token yet, or never.
var (
	// ErrPending: nobody has answered yet.
	ErrPending = errors.New("not answered yet")
	// ErrTooSoon: the device asked again before its interval was over; the interval is longer now.
	ErrTooSoon = errors.New("asked too soon")
	// ErrDenied: the customer said no.
	ErrDenied = errors.New("denied")
)
