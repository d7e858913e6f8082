package password

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/zitadel/passwap"
	"github.com/zitadel/passwap/argon2"
	"github.com/zitadel/passwap/bcrypt"
	"github.com/zitadel/passwap/md5"
	"github.com/zitadel/passwap/pbkdf2"
	"github.com/zitadel/passwap/scrypt"
	"github.com/zitadel/passwap/sha2"
	"golang.org/x/text/unicode/norm"

	"sekisho/idp"
)

// HasherOptions are the cost of new hashes and the bounds of the queue. Zero values are
// the defaults named.
type HasherOptions struct {
	MemoryKiB uint32 // 19456: the OWASP minimum for Argon2id with two passes
	Passes    uint32 // 2
	Threads   uint8  // 1
	Parallel  int    // 4 hash runs at a time; each takes MemoryKiB
	Queue     int    // 64 more may wait; beyond that ErrUnavailable at once
	// Peppers are secrets from outside the database by id; new hashes use PepperID. An old
	// pepper stays here until no hash names it. An id is 1 to 32 letters and digits.
	Peppers  map[string][]byte
	PepperID string // "": new hashes have none
}

// Hasher is safe for concurrent use.
type Hasher struct {
	swap    *passwap.Swapper
	peppers map[string][]byte
	pepper  string
	dummy   string
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64
	runs    atomic.Int64
}

// NewHasher checks the options and makes the hash that unknown accounts are checked against.
func NewHasher(o HasherOptions) (*Hasher, error) {
	setDefault(&o.MemoryKiB, 19456)
	setDefault(&o.Passes, 2)
	setDefault(&o.Threads, 1)
	setDefault(&o.Parallel, 4)
	setDefault(&o.Queue, 64)
	for id, secret := range o.Peppers {
		if !pepperID(id) || len(secret) < 16 {
			return nil, errors.New("password: a pepper needs an id of 1 to 32 letters and digits and at least 16 bytes")
		}
	}
	if _, ok := o.Peppers[o.PepperID]; o.PepperID != "" && !ok {
		return nil, fmt.Errorf("password: pepper %q is not given", o.PepperID)
	}
	h := &Hasher{
		swap: passwap.NewSwapper(
			argon2.NewArgon2id(argon2.Params{Time: o.Passes, Memory: o.MemoryKiB, Threads: o.Threads, KeyLen: 32, SaltLen: 16},
				&argon2.ValidationOpts{MinMemory: 8}),
			bcrypt.NewVerifier(&broughtBcrypt), scrypt.NewVerifier(&broughtScrypt), pbkdf2.NewVerifier(&broughtPBKDF2), md5.NewVerifier(), sha2.NewVerifier(&broughtSHA),
		),
		peppers: o.Peppers, pepper: o.PepperID,
		slots: make(chan struct{}, max(1, o.Parallel)), queue: int64(max(0, o.Queue)),
	}
	var err error
	if h.dummy, err = h.hash(idp.NewSecret()); err != nil {
		return nil, err
	}
	return h, h.swap.Validate(h.dummy[strings.Index(h.dummy, "$argon2"):])
}

func setDefault[T comparable](v *T, standard T) {
	var zero T
	if *v == zero {
		*v = standard
	}
}

// Hash makes the stored form of a password. It waits for a free slot; a full queue or an
// ended ctx is idp.ErrUnavailable.
func (h *Hasher) Hash(ctx context.Context, plain string) (string, error) {
	var encoded string
	err := h.queued(ctx, func() (err error) {
		encoded, err = h.hash(plain)
		return err
	})
	return encoded, err
}

// Verify runs one comparison. encoded "" stands for an account that has no password and
// costs the same. upgraded is a replacement to store when the password is right and the
// stored form is not what Hash makes today. A password beyond MaxBytes is never right.
func (h *Hasher) Verify(ctx context.Context, encoded, plain string) (ok bool, upgraded string, err error) {
	usable := encoded != "" && len(plain) <= MaxBytes
	if !usable {
		encoded = h.dummy
	}
	if len(plain) > MaxBytes {
		plain = ""
	}
	err = h.queued(ctx, func() (err error) {
		ok, upgraded, err = h.verify(encoded, plain)
		return err
	})
	if err != nil || !ok || !usable {
		return false, "", err
	}
	return true, upgraded, nil
}

// Acceptable says whether a hash brought along can be verified here within sane costs.
// Imports call it: a hash with the cost of a denial of service must not get in.
func (h *Hasher) Acceptable(encoded string) error {
	id, crypt, err := h.split(encoded)
	if err == nil && id != "" && h.peppers[id] == nil {
		err = errors.New("pepper not given")
	}
	if err == nil && !whole.MatchString(crypt) {
		err = errors.New("not a whole hash")
	}
	if err == nil {
		err = h.swap.Validate(crypt)
	}
	if err != nil {
		return fmt.Errorf("password: hash not acceptable: %w", idp.ErrRejected)
	}
	return nil
}

// Runs is how many hash runs were started, for metrics and for tests of equal work.
func (h *Hasher) Runs() int64 { return h.runs.Load() }

// queued runs f in one of the slots.
func (h *Hasher) queued(ctx context.Context, f func() error) error {
	select {
	case h.slots <- struct{}{}:
	default:
		if h.waiting.Add(1) > h.queue {
			h.waiting.Add(-1)
			return fmt.Errorf("password: hashing queue is full: %w", idp.ErrUnavailable)
		}
		select {
		case h.slots <- struct{}{}:
			h.waiting.Add(-1)
		case <-ctx.Done():
			h.waiting.Add(-1)
			return fmt.Errorf("password: gave up waiting (%v): %w", ctx.Err(), idp.ErrUnavailable)
		}
	}
	defer func() { <-h.slots }()
	h.runs.Add(1)
	return f()
}

func (h *Hasher) hash(plain string) (string, error) {
	encoded, err := h.swap.Hash(h.input(h.pepper, plain))
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	return h.marked(encoded), nil
}

func (h *Hasher) verify(encoded, plain string) (ok bool, upgraded string, err error) {
	id, crypt, err := h.split(encoded)
	if err != nil {
		return false, "", err
	}
	if id != "" && h.peppers[id] == nil {
		return false, "", fmt.Errorf("password: pepper %q is not given: %w", id, idp.ErrUnavailable)
	}
	if err := h.swap.Validate(crypt); err != nil {
		return false, "", fmt.Errorf("password: stored hash: %w", err)
	}
	old, next := h.input(id, plain), h.input(h.pepper, plain)
	var again string
	if old == next {
		again, err = h.swap.Verify(crypt, old)
	} else {
		again, err = h.swap.VerifyAndUpdate(crypt, old, next)
	}
	switch {
	case errors.Is(err, passwap.ErrPasswordMismatch):
		return false, "", nil
	case err != nil:
		return false, "", fmt.Errorf("password: stored hash: %w", err)
	case again == "":
		return true, "", nil
	}
	return true, h.marked(again), nil
}

// pepperMark precedes the crypt form of a peppered hash and names the pepper, so that
// peppers can be introduced and replaced without touching anybody's password.
const pepperMark = "$pepper="

func (h *Hasher) marked(encoded string) string {
	if h.pepper == "" {
		return encoded
	}
	return pepperMark + h.pepper + encoded
}

func (h *Hasher) split(encoded string) (id, crypt string, err error) {
	rest, ok := strings.CutPrefix(encoded, pepperMark)
	if !ok {
		return "", encoded, nil
	}
	end := strings.IndexByte(rest, '$')
	if end < 0 || !pepperID(rest[:end]) {
		return "", "", errors.New("password: stored hash: malformed pepper mark")
	}
	return rest[:end], rest[end:], nil
}

func pepperID(id string) bool {
	return id != "" && len(id) <= 32 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// input is what is hashed: the NFC form, so that the same characters from two input
// methods are the same password, under the pepper when there is one. The MAC is encoded
// because some crypt formats end at a NUL byte.
func (h *Hasher) input(pepper, plain string) string {
	plain = norm.NFC.String(plain)
	if pepper == "" {
		return plain
	}
	m := hmac.New(sha256.New, h.peppers[pepper])
	m.Write([]byte(plain))
	return base64.RawStdEncoding.EncodeToString(m.Sum(nil))
}
