package throttle

import (
	"context"
	"encoding/hex"
	"net/netip"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// Store keeps the counters. *storage.Store satisfies it.
type Store interface {
	CountAttempt(ctx context.Context, key string, p idp.LockPolicy, now time.Time) (idp.Lock, error)
	ClearAttempts(ctx context.Context, keys ...string) error
	LockState(ctx context.Context, key string) (idp.Lock, error)
	TakeToken(ctx context.Context, key string, l idp.RateLimit, now time.Time) (ok bool, retryAfter time.Duration, err error)
}

// Vault makes the MACs under which identifiers appear in keys, so that the table of
// counters tells nobody who was attacked. *keys.Vault satisfies it.
type Vault interface {
	MAC(p keys.Purpose, parts ...[]byte) []byte
}

// Factor is an authenticator that can be guessed. There is none for passkeys.
type Factor string

const (
	Password            Factor = "password"
	TransactionPassword Factor = "transaction_password"
	TOTP                Factor = "totp"
	EmailCode           Factor = "email_code"
	Invitation          Factor = "invitation"
	RegisteredData      Factor = "registered_data" // the current address or number, typed to change it (B15)
	PersonalData        Factor = "personal_data"   // birth date and postal code, at a sign-in from a new environment (A10)
	SecurityAnswer      Factor = "security_answer" // at a recovery (A5)
	UndoCode            Factor = "undo_code"       // counted per network address: see idp/contact
	// Recovery counts the proofs of a recovery. It is a key of its own: a stranger who
	// guesses there locks neither the password nor any other way to sign in.
	Recovery Factor = "recovery"
)

// Limits is the firm's policy. A zero RateLimit switches that limit off.
type Limits struct {
	Factors    map[Factor]idp.LockPolicy // a factor without one uses Default
	Default    idp.LockPolicy
	Address    idp.RateLimit // attempts from one IPv4 address or IPv6 /64
	Network    idp.RateLimit // attempts from one IPv4 /24 or IPv6 /48
	Failures   idp.RateLimit // failures of the whole provider before the alarm
	Alarm      time.Duration // how long the alarm stands after the last failure beyond Failures
	UnderAlarm idp.RateLimit // attempts from one network while it stands

	SendAccount  idp.RateLimit // codes sent for one account
	SendMailbox  idp.RateLimit // codes sent to one mail address
	SendAddress  idp.RateLimit // codes asked for by one network address
	SendAll      idp.RateLimit // codes sent by the whole provider
	Ceremonies   idp.RateLimit // passkey ceremonies begun by one network address
	CeremoniesIn idp.RateLimit // passkey ceremonies begun in one network
}

// DefaultLimits are safe for a firm that configured nothing.
func DefaultLimits() Limits {
	return Limits{
		Default:    idp.LockPolicy{Threshold: 5, Base: time.Minute, Max: 12 * time.Hour, HardCap: 100, Forget: 7 * 24 * time.Hour},
		Address:    idp.RateLimit{Every: 6 * time.Second, Burst: 60},
		Network:    idp.RateLimit{Every: time.Second, Burst: 300},
		Failures:   idp.RateLimit{Every: time.Second, Burst: 600},
		Alarm:      10 * time.Minute,
		UnderAlarm: idp.RateLimit{Every: 2 * time.Minute, Burst: 3},

		SendAccount:  idp.RateLimit{Every: 5 * time.Minute, Burst: 3},
		SendMailbox:  idp.RateLimit{Every: 5 * time.Minute, Burst: 3},
		SendAddress:  idp.RateLimit{Every: 30 * time.Second, Burst: 20},
		SendAll:      idp.RateLimit{Every: 50 * time.Millisecond, Burst: 500},
		Ceremonies:   idp.RateLimit{Every: 2 * time.Second, Burst: 60},
		CeremoniesIn: idp.RateLimit{Every: 250 * time.Millisecond, Burst: 300},
	}
}

// Service is safe for concurrent use.
type Service struct {
	Store  Store
	Vault  Vault
	Now    func() time.Time
	Limits Limits
	// Raised, when set, is told each time the provider-wide alarm goes up.
	Raised func(ctx context.Context)
}

func (s *Service) policy(f Factor) idp.LockPolicy {
	if p, ok := s.Limits.Factors[f]; ok {
		return p
	}
	return s.Limits.Default
}

// mac names a thing in a key without saying what it is.
func (s *Service) mac(kind, value string) string {
	return hex.EncodeToString(s.Vault.MAC(keys.PurposeThrottle, []byte(kind), []byte(value))[:16])
}

// Known is the subject of attempts on an account that exists.
func Known(accountID string) Subject { return Subject{kind: "account", value: accountID} }

// Unknown is the subject of attempts on a canonical login name nobody has.
func Unknown(canonical string) Subject { return Subject{kind: "name", value: canonical} }

// Subject is what guesses are counted against: an account, or a name without one.
type Subject struct{ kind, value string }

func (s *Service) factorKey(f Factor, subject Subject) string {
	return "factor:" + string(f) + ":" + s.mac(subject.kind, subject.value)
}

// address and network group what one person can move about in: an IPv6 host owns its /64.
func address(ip netip.Addr) string { return prefix(ip, 32, 64) }
func network(ip netip.Addr) string { return prefix(ip, 24, 48) }

func prefix(ip netip.Addr, v4, v6 int) string {
	ip = ip.Unmap().WithZone("")
	bits := v6
	if ip.Is4() {
		bits = v4
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return "unknown" // no address is one shared, limited source, never an unlimited one
	}
	return p.String()
}
