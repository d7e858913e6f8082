package keys

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
)

// RingStore keeps the signing keys. *storage.Store satisfies it.
type RingStore interface {
	// SigningKeys returns every key, retired ones too.
	SigningKeys(ctx context.Context) ([]idp.SigningKey, error)
	// AddSigningKey inserts a key. idp.ErrExists: another node already made the key of
	// this algorithm and generation, and that one is to be used.
	AddSigningKey(ctx context.Context, key idp.SigningKey, effects idp.Effects) error
	// SetSigningKeyState moves a key from one state to another. idp.ErrConflict: it was
	// not in the state named, because another node was first.
	SetSigningKeyState(ctx context.Context, id string, from, to idp.SigningKeyState, retiresAt time.Time, effects idp.Effects) error
}

// RingOptions are the dependencies and times of a Ring. Zero times take the defaults.
type RingOptions struct {
	Store RingStore
	Vault *Vault
	// Algorithms to hold keys for; the first is the default. Empty: Algorithms().
	Algorithms []string
	// Overlap is how long a new key is published before it signs. It must exceed the
	// longest time relying parties may cache the JWKS plus RefreshEvery. Default 1 h.
	Overlap time.Duration
	// KeepAfter is how long a key stays published after it stopped signing: the longest
	// life of anything it signed. Default 2 h.
	KeepAfter time.Duration
	// RotateEvery starts a rotation when the signing key is this old; 0: by hand only.
	RotateEvery time.Duration
	// RefreshEvery is the period of Run. Default 10 s.
	RefreshEvery time.Duration
	// RSABits of generated RSA keys, at least 2048. Default 3072.
	RSABits int
	// Actor is recorded in the audit trail: "system" (default) or "operator".
	Actor  string
	Now    func() time.Time
	Logger *slog.Logger
}

func (o *RingOptions) defaults() {
	if len(o.Algorithms) == 0 {
		o.Algorithms = Algorithms()
	}
	setDefault(&o.Overlap, time.Hour)
	setDefault(&o.KeepAfter, 2*time.Hour)
	setDefault(&o.RefreshEvery, 10*time.Second)
	setDefault(&o.RSABits, defaultRSABits)
	setDefault(&o.Actor, "system")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

func setDefault[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

// Ring holds the signing keys of the issuer in memory. It is safe for concurrent use;
// Sign, Verify and JWKS touch neither the database nor the vault.
type Ring struct {
	opts RingOptions
	held atomic.Pointer[keySet]
	mu   sync.Mutex // one Refresh, Rotate or Retire at a time in this process
}

// OpenRing loads the keys and generates the first one of every algorithm that has none.
// Nodes that start at once agree on the first key by the uniqueness of algorithm and
// generation. A key that does not open under the vault is an error, never a reason to
// make another one.
func OpenRing(ctx context.Context, o RingOptions) (*Ring, error) {
	o.defaults()
	for _, alg := range o.Algorithms {
		if !slices.Contains(Algorithms(), alg) {
			return nil, fmt.Errorf("%w: %q", ErrAlgorithm, alg)
		}
	}
	if o.RSABits < minRSABits {
		return nil, fmt.Errorf("%w: RSA keys below %d bits", ErrAlgorithm, minRSABits)
	}
	r := &Ring{opts: o}
	if err := r.Refresh(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Refresh reloads the keys, makes missing ones, and moves every key to the state its
// times call for. On an error the ring keeps what it held.
func (r *Ring) Refresh(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refresh(ctx)
}

// Run refreshes until ctx ends. A failed refresh is logged and tried again next time.
func (r *Ring) Run(ctx context.Context) {
	tick := time.NewTicker(r.opts.RefreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := r.Refresh(ctx); err != nil && ctx.Err() == nil {
				r.opts.Logger.ErrorContext(ctx, "signing keys not refreshed", "error", err)
			}
		}
	}
}

// Algorithms lists the algorithms the ring signs with, the default first.
func (r *Ring) Algorithms() []string { return slices.Clone(r.opts.Algorithms) }

// JWKS is the public key set (RFC 7517 5) as last rendered. The caller must not change it.
func (r *Ring) JWKS() []byte { return r.held.Load().jwks }

// List returns every key, newest generation first, without its sealed private part.
func (r *Ring) List() []idp.SigningKey {
	held := r.held.Load()
	out := make([]idp.SigningKey, len(held.keys))
	for i, k := range held.keys {
		out[i] = k.SigningKey
		out[i].Sealed = nil
	}
	return out
}

// Sign serialises claims and signs them with the key of alg whose time it is. The kid and
// the kind's typ are in the header. ErrAlgorithm: the ring holds no key of alg.
func (r *Ring) Sign(alg string, kind Kind, claims any) (string, error) {
	if _, ok := rules[kind]; !ok {
		return "", fmt.Errorf("keys: unknown kind %q", kind)
	}
	key := r.held.Load().signing(alg, r.opts.Now())
	if key == nil {
		return "", fmt.Errorf("%w: no signing key for %q", ErrAlgorithm, alg)
	}
	return key.sign(kind, claims)
}

// Verify checks the signature of a token this provider issued and returns its payload,
// which is a strict JSON object (see UnmarshalObject). Times and claims are the caller's
// to judge. Every failure wraps idp.ErrRejected.
func (r *Ring) Verify(kind Kind, token string) ([]byte, error) {
	rule := rules[kind]
	if !rule.verifies {
		return nil, fmt.Errorf("%w: kind %q is never accepted back", idp.ErrRejected, kind)
	}
	jws, err := ParseJWS(token, ownAlgorithms)
	if err != nil {
		return nil, err
	}
	header := jws.Signatures[0].Protected
	if typ, _ := header.ExtraHeaders[jose.HeaderType].(string); typ != string(kind) {
		return nil, fmt.Errorf("%w: typ is not %q", idp.ErrRejected, kind)
	}
	key := r.held.Load().byID[header.KeyID]
	if key == nil || key.Algorithm != header.Algorithm {
		return nil, fmt.Errorf("%w: no such key", idp.ErrRejected)
	}
	if !rule.retired && !key.published(r.opts.Now()) {
		return nil, fmt.Errorf("%w: the key is retired", idp.ErrRejected)
	}
	payload, err := jws.Verify(key.public)
	if err != nil {
		return nil, fmt.Errorf("%w: signature", idp.ErrRejected)
	}
	return payload, nil
}
