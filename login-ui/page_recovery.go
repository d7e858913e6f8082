package loginui

import "time"

// RecoverStart asks who cannot sign in, at /recover. Posts: /recover (login).
type RecoverStart struct {
	Frame
	LoginName string
}

// RecoverMail asks for the mailed code. It is the same for every name typed.
// Posts: {Base}/code (code), {Base}/send.
type RecoverMail struct{ Frame }

// RecoverProof asks for the second proof. Posts: {Base}/recovery-code (recovery_code),
// {Base}/totp (code), {Base}/lost (passkeys, totp); script calls below {Base}/passkey.
type RecoverProof struct {
	Frame
	Suspended             bool // a lost device was reported in this recovery
	Paper, App, Passkey   bool // may be given; without any of them and a Question the page says what else can be done
	LostApp, LostPasskeys bool // reported lost before, so that it cannot be reported again
	// MailedFrom is when password and mailed code sign in from a new device again; zero: they do.
	MailedFrom time.Time
	Question   string // the customer's security question; "" where an answer does not count. Posts: {Base}/answer (answer)
}

// Ways is how many ways there are to go on.
func (p RecoverProof) Ways() (n int) {
	for _, may := range []bool{p.Paper, p.App, p.Passkey, p.Question != ""} {
		if may {
			n++
		}
	}
	return n
}

// RecoverPassword takes the new password and what was lost with the device.
// Posts: {Base}/password (new, lost_passkeys, lost_totp, lost_transaction).
type RecoverPassword struct {
	Frame
	MinLength              int
	Reasons                []string
	LoginName              string
	Passkeys               int
	TOTP                   bool
	Transaction            bool      // there is a transaction password
	LostPasskeys, LostTOTP bool      // as ticked before
	Reported               bool      // they are ticked because they were reported lost
	LostTransaction        bool      // likewise
	HoldUntil              time.Time // if it were completed now
}

// RecoverRefused is the end for accounts that are not recovered online (A8).
type RecoverRefused struct {
	Frame
	Corporate bool
}

// Recovered is the end of a recovery. Nobody is signed in.
type Recovered struct {
	Frame
	HeldUntil                    time.Time
	RemovedPasskeys, RemovedTOTP bool
	RemovedTransaction           bool
}

// RecoveryCodes says how the set of recovery codes stands and makes a new one.
// Posts: {Base}/recovery-codes.
type RecoveryCodes struct {
	Frame
	Total, Left int
	CreatedAt   time.Time
}

// RecoveryCodesNew shows a new set, this once, to be printed or written down.
type RecoveryCodesNew struct {
	Frame
	MaskedLogin string
	Codes       []string
	CreatedAt   time.Time
	Done        string // where to go on; "": {Base}
}

func (RecoverStart) template() string     { return "recover_start" }
func (RecoverMail) template() string      { return "recover_mail" }
func (RecoverProof) template() string     { return "recover_proof" }
func (RecoverPassword) template() string  { return "recover_password" }
func (RecoverRefused) template() string   { return "recover_refused" }
func (Recovered) template() string        { return "recovered" }
func (RecoveryCodes) template() string    { return "recovery_codes" }
func (RecoveryCodesNew) template() string { return "recovery_codes_new" }
