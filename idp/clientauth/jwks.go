package clientauth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// ErrKeys: a client's registered keys cannot be had.
var ErrKeys = errors.New("client keys unavailable")

// maxKeys bounds a client's key set.
const maxKeys = 64

// maxRemote bounds the remembered addresses.
const maxRemote = 4096

// Fetcher reads a document from a registered address; *fetch.Fetcher is one.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) ([]byte, error)
}

// ClientKeys gives a client's public keys, registered by value or by address. Times of
// zero take the defaults. It is safe for concurrent use.
type ClientKeys struct {
	Fetch Fetcher
	Now   func() time.Time
	// FreshFor is how long a fetched set is used without asking again. Default 10 min.
	FreshFor time.Duration
	// StaleFor is how long a fetched set is used when asking again fails. Default 1 h.
	StaleFor time.Duration
	// RetryAfter is the least time between two requests to one address, whatever the
	// reason: an unknown kid, an error, an expired set (CA-09). Default 30 s.
	RetryAfter time.Duration

	mu      sync.Mutex
	byValue map[string]*parsedSet // by client id
	remote  map[string]*remoteSet // by address
	flights singleflight.Group
}

type parsedSet struct {
	raw  []byte
	keys []jose.JSONWebKey
	err  error
}

type remoteSet struct {
	keys    []jose.JSONWebKey
	fetched time.Time // of keys
	tried   time.Time
}

// Of returns the client's keys. kid is what the caller hopes to find: when a fetched set
// lacks it, the address is asked again, within the limits.
func (k *ClientKeys) Of(ctx context.Context, client *idp.Client, kid string) ([]jose.JSONWebKey, error) {
	switch {
	case len(client.Metadata.JWKS) > 0:
		return k.valueOf(client)
	case client.Metadata.JWKSURI != "":
		return k.remoteOf(ctx, client.Metadata.JWKSURI, kid)
	}
	return nil, fmt.Errorf("%w: none registered", ErrKeys)
}

// valueOf parses a set registered by value, once per version of it.
func (k *ClientKeys) valueOf(client *idp.Client) ([]jose.JSONWebKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	set := k.byValue[client.ID]
	if set == nil || !bytes.Equal(set.raw, client.Metadata.JWKS) {
		set = &parsedSet{raw: client.Metadata.JWKS}
		set.keys, set.err = parseJWKS(set.raw)
		if k.byValue == nil || len(k.byValue) >= maxHeld {
			k.byValue = map[string]*parsedSet{}
		}
		k.byValue[client.ID] = set
	}
	return set.keys, set.err
}

func (k *ClientKeys) remoteOf(ctx context.Context, address, kid string) ([]jose.JSONWebKey, error) {
	set, ask := k.held(address, kid)
	if ask {
		// One request for all who wait, and it outlives the one who happened to start it.
		_, err, _ := k.flights.Do(address, func() (any, error) {
			return nil, k.fetch(context.WithoutCancel(ctx), address)
		})
		fresh, _ := k.held(address, "")
		if err != nil && fresh.keys == nil {
			return nil, err
		}
		set = fresh
	}
	if set.keys == nil {
		return nil, fmt.Errorf("%w: not fetched", ErrKeys)
	}
	return set.keys, nil
}

// held returns what is remembered of an address, without keys too old to use, and
// whether the address is to be asked now.
func (k *ClientKeys) held(address, kid string) (set remoteSet, ask bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.Now()
	if known := k.remote[address]; known != nil {
		set = *known
	}
	if set.keys != nil && !now.Before(set.fetched.Add(orElse(k.FreshFor, 10*time.Minute)+orElse(k.StaleFor, time.Hour))) {
		set.keys = nil
	}
	fresh := set.keys != nil && now.Before(set.fetched.Add(orElse(k.FreshFor, 10*time.Minute)))
	if fresh && (kid == "" || hasKey(set.keys, kid)) {
		return set, false
	}
	return set, set.tried.IsZero() || !now.Before(set.tried.Add(orElse(k.RetryAfter, 30*time.Second)))
}

// fetch asks the address once and remembers the outcome, success or not.
func (k *ClientKeys) fetch(ctx context.Context, address string) error {
	raw, err := k.Fetch.Get(ctx, address, "application/jwk-set+json, application/json")
	var parsed []jose.JSONWebKey
	if err == nil {
		parsed, err = parseJWKS(raw)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.remote == nil || len(k.remote) >= maxRemote && k.remote[address] == nil {
		k.remote = map[string]*remoteSet{}
	}
	set := k.remote[address]
	if set == nil {
		set = &remoteSet{}
		k.remote[address] = set
	}
	set.tried = k.Now()
	if err != nil {
		return fmt.Errorf("%w: %v", ErrKeys, err)
	}
	set.keys, set.fetched = parsed, set.tried
	return nil
}

// parseJWKS reads the public signature keys of a set. Keys of unknown or symmetric type
// are passed over; a set that is not strict JSON, or holds a private key, is refused whole.
func parseJWKS(raw []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := keys.UnmarshalObject(raw, &set); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKeys, err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("%w: more than %d keys", ErrKeys, maxKeys)
	}
	out := []jose.JSONWebKey{}
	for _, one := range set.Keys {
		var jwk jose.JSONWebKey
		if jwk.UnmarshalJSON(one) != nil || !jwk.Valid() {
			continue
		}
		if _, symmetric := jwk.Key.([]byte); symmetric {
			continue
		}
		if !jwk.IsPublic() {
			return nil, fmt.Errorf("%w: the set holds a private key", ErrKeys)
		}
		out = append(out, jwk)
	}
	return out, nil
}

func hasKey(set []jose.JSONWebKey, kid string) bool {
	return slices.ContainsFunc(set, func(k jose.JSONWebKey) bool { return k.KeyID == kid })
}

func orElse(d, standard time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return standard
}
