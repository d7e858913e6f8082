package loginui

import "time"

// DeviceCode asks for the code that a device shows, at /device. With Code it was brought by a
// link and is only to be held against the device's screen: a link says nothing about who sent it.
// Posts: /device (user_code).
type DeviceCode struct {
	Frame
	Code string // XXXX-XXXX
}

// DeviceApprove asks for the customer's word for one device. Posts: {Base}/consent
// (decision=allow|deny), {Base}/disown.
type DeviceApprove struct {
	Frame
	Client      ClientCard
	MaskedLogin string
	Scopes      []ScopeItem
	Lifetime    time.Duration // 0: until the session of this browser ends
	Operation   string        // "" without
	Device      string        // in words; "" when it does not say
	IP          string        // where it asked from; "" unknown
	Elsewhere   bool          // not the network of this browser
	At          time.Time     // when it asked
	Until       time.Time     // when it stops waiting
}

// DeviceEnd follows the customer's answer.
type DeviceEnd struct {
	Frame
	How string // DeviceConnected …
}

// Ways in which an answer to a device ends.
const (
	DeviceConnected = "connected"
	DeviceRefused   = "refused"
	DeviceDisowned  = "disowned"
	DeviceLate      = "late" // it waits no longer
)

// DeviceEnds lists them.
func DeviceEnds() []string {
	return []string{DeviceConnected, DeviceRefused, DeviceDisowned, DeviceLate}
}

func (DeviceCode) template() string    { return "device_code" }
func (DeviceApprove) template() string { return "device_approve" }
func (DeviceEnd) template() string     { return "device_end" }

// Notice codes of these pages.
const NoticeUserCodeUnknown = "user_code_unknown" // never why

func deviceNotices() []string { return []string{NoticeUserCodeUnknown} }

func init() { noticeField[NoticeUserCodeUnknown] = "user_code" }
