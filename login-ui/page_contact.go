package loginui

import "time"

// Profile shows the registered data at /account/profile, masked unless Clear. A value that
// is not held is "". Posts: {Base}/reveal.
type Profile struct {
	Frame
	Clear                                 bool // right after a fresh proof, in the answer to a post
	Email                                 string
	EmailVerified                         bool
	SecurityEmails                        []string
	Phone, PostalCode, Address, Birthdate string
}

// EmailChange asks for the address there is and the new one. Posts: {Base}/email or
// {Base}/security-email (current, new), {Base}/security-email/remove (address: an id).
type EmailChange struct {
	Frame
	Purpose   string // "registered" or "security"
	Current   string // masked; "" when there is none, and then it is not asked for
	New       string // what was typed before
	Removable []AddressChoice
	// Transaction asks for the transaction password besides (transaction_password).
	Transaction bool
}

// EmailConfirm asks for the code sent to the new address. Posts: {Base}/confirm (code),
// {Base}/confirm/send.
type EmailConfirm struct {
	Frame
	Purpose             string
	Address             string    // as the customer typed it a moment ago
	ExpiresAt, ResendAt time.Time // ExpiresAt is zero when no code is open
	CanResend           bool
}

// PhoneChange asks for the number there is and the new one. Posts: {Base}/phone (current, new).
type PhoneChange struct {
	Frame
	Current string // masked; "" when there is none
	New     string
	// Transaction asks for the transaction password besides (transaction_password).
	Transaction bool
}

// Undo takes back a change of mail address, at /undo, without a session.
// Posts: {Base} (login, code).
type Undo struct {
	Frame
	LoginName string
}

// Undone says that it was taken back.
type Undone struct{ Frame }

func (Profile) template() string      { return "profile" }
func (EmailChange) template() string  { return "email_change" }
func (EmailConfirm) template() string { return "email_confirm" }
func (PhoneChange) template() string  { return "phone_change" }
func (Undo) template() string         { return "undo" }
func (Undone) template() string       { return "undone" }
