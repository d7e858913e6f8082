package keys

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sekisho/idp"
)

// Audit events of the ring; they are on the list of idp/audit. A key that stops signing
// makes no record of its own: its successor's does.
const (
	eventAdded   = "key.added"
	eventSigning = "key.signing"
	eventRetired = "key.retired"
)

// Rotate publishes a successor for the key of alg. It signs after the overlap; the old
// key then stays published until what it signed has expired. A rotation that is already
// under way is returned as it is.
func (r *Ring) Rotate(ctx context.Context, alg string) (idp.SigningKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(ctx); err != nil {
		return idp.SigningKey{}, err
	}
	if err := r.rotate(ctx, alg, r.opts.Now().Add(r.opts.Overlap)); err != nil {
		return idp.SigningKey{}, err
	}
	pending := r.held.Load().pending(alg, r.opts.Now())
	if pending == nil {
		return idp.SigningKey{}, fmt.Errorf("%w: no key of %q is waiting", ErrAlgorithm, alg)
	}
	key := pending.SigningKey
	key.Sealed = nil
	return key, nil
}

// Retire takes a key out of use and out of the JWKS at once, for a key that must no
// longer be trusted: access tokens it signed stop verifying, only an id_token_hint still
// does. When it was the signing key and no published successor has reached its time, a
// new one is made that signs immediately; relying parties meet a kid they have not seen
// and fetch the JWKS again. idp.ErrNotFound: no such key.
func (r *Ring) Retire(ctx context.Context, kid string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(ctx); err != nil {
		return err
	}
	key := r.held.Load().byID[kid]
	if key == nil {
		return fmt.Errorf("signing key %s: %w", kid, idp.ErrNotFound)
	}
	if key.State == idp.KeyRetired {
		return nil
	}
	if err := r.move(ctx, key, idp.KeyRetired, r.opts.Now(), eventRetired); err != nil {
		return err
	}
	return r.refresh(ctx)
}

// refresh is Refresh under the lock.
func (r *Ring) refresh(ctx context.Context) error {
	if err := r.load(ctx); err != nil {
		return err
	}
	now := r.opts.Now()
	first, err := r.generateMissing(now)
	if err != nil {
		return err
	}
	changed := false
	for _, alg := range r.opts.Algorithms {
		did, err := r.advance(ctx, alg, now, first[alg])
		if err != nil {
			return err
		}
		changed = changed || did
	}
	if !changed {
		return nil
	}
	return r.load(ctx)
}

// generateMissing makes a private key for every algorithm that has none to sign with, all
// at once: two RSA keys are most of the time that a first start takes.
func (r *Ring) generateMissing(now time.Time) (map[string]crypto.Signer, error) {
	var (
		g     errgroup.Group
		mu    sync.Mutex
		first = map[string]crypto.Signer{}
	)
	for _, alg := range r.opts.Algorithms {
		if r.held.Load().signing(alg, now) != nil {
			continue
		}
		g.Go(func() error {
			private, err := generate(alg, r.opts.RSABits)
			mu.Lock()
			defer mu.Unlock()
			first[alg] = private
			return err
		})
	}
	return first, g.Wait()
}

// advance makes at most the changes that alg's keys need at this moment, in the order
// that never leaves the algorithm without a signing key. first becomes its key when it
// has none; it is nil when it had one.
func (r *Ring) advance(ctx context.Context, alg string, now time.Time, first crypto.Signer) (changed bool, err error) {
	held := r.held.Load()
	if first != nil {
		return true, r.add(ctx, held.next(alg, idp.KeySigning, now), first)
	}
	current := held.signing(alg, now)
	if current.State == idp.KeyPublished {
		if err := r.move(ctx, current, idp.KeySigning, time.Time{}, eventSigning); err != nil {
			return false, err
		}
		changed = true
	}
	for _, k := range held.byAlg[alg] {
		switch {
		case k.State == idp.KeySigning && k != current, k.State == idp.KeyPublished && k.Generation < current.Generation:
			err = r.move(ctx, k, idp.KeyRetiring, now.Add(r.opts.KeepAfter), "")
		case k.State == idp.KeyRetiring && !now.Before(k.RetiresAt):
			err = r.move(ctx, k, idp.KeyRetired, k.RetiresAt, eventRetired)
		default:
			continue
		}
		if err != nil {
			return changed, err
		}
		changed = true
	}
	if every := r.opts.RotateEvery; every > 0 && held.pending(alg, now) == nil &&
		!now.Add(r.opts.Overlap).Before(current.SignsFrom.Add(every)) {
		return true, r.generate(ctx, held.next(alg, idp.KeyPublished, now.Add(r.opts.Overlap)))
	}
	return changed, nil
}

// rotate adds a published successor unless one waits already, then reloads.
func (r *Ring) rotate(ctx context.Context, alg string, signsFrom time.Time) error {
	held := r.held.Load()
	if held.signing(alg, r.opts.Now()) == nil {
		return fmt.Errorf("%w: %q", ErrAlgorithm, alg)
	}
	if held.pending(alg, r.opts.Now()) != nil {
		return nil
	}
	if err := r.generate(ctx, held.next(alg, idp.KeyPublished, signsFrom)); err != nil {
		return err
	}
	return r.load(ctx)
}

// generate makes and stores one key.
func (r *Ring) generate(ctx context.Context, row idp.SigningKey) error {
	private, err := generate(row.Algorithm, r.opts.RSABits)
	if err != nil {
		return err
	}
	return r.add(ctx, row, private)
}

// add stores a private key. Losing the race to another node is success: the reload that
// follows brings the winner's key.
func (r *Ring) add(ctx context.Context, row idp.SigningKey, private crypto.Signer) error {
	kid, err := Thumbprint(private.Public())
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	row.ID, row.CreatedAt = kid, r.opts.Now().UTC()
	if row.Sealed, err = r.opts.Vault.Seal(PurposeSigning, SealContext(kid), der); err != nil {
		return err
	}
	if row.Public, err = publicJWK(row, private).MarshalJSON(); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	err = r.opts.Store.AddSigningKey(ctx, row, r.effects(eventAdded, row))
	if err != nil && !errors.Is(err, idp.ErrExists) {
		return fmt.Errorf("keys: add signing key: %w", err)
	}
	return nil
}

// move changes a key's state; another node having done so first is no error.
func (r *Ring) move(ctx context.Context, k *heldKey, to idp.SigningKeyState, retiresAt time.Time, event string) error {
	err := r.opts.Store.SetSigningKeyState(ctx, k.ID, k.State, to, retiresAt.UTC(), r.effects(event, k.SigningKey))
	if err != nil && !errors.Is(err, idp.ErrConflict) {
		return fmt.Errorf("keys: signing key to %s: %w", to, err)
	}
	return nil
}

func (r *Ring) effects(event string, k idp.SigningKey) idp.Effects {
	if event == "" {
		return idp.Effects{}
	}
	return idp.Effects{Audit: []idp.AuditRecord{{
		At: r.opts.Now().UTC(), Event: event, Result: "ok", Actor: r.opts.Actor,
		Detail: map[string]string{"kid": k.ID, "alg": k.Algorithm},
	}}}
}

// load reads the rows and opens the ones it does not hold yet. A retired key that no
// longer opens (its KEK key was dropped) is left out; any other is an error.
func (r *Ring) load(ctx context.Context) error {
	rows, err := r.opts.Store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("keys: load signing keys: %w", err)
	}
	old := r.held.Load()
	held := make([]*heldKey, 0, len(rows))
	for _, row := range rows {
		if old != nil && old.byID[row.ID] != nil {
			known := *old.byID[row.ID]
			known.State, known.SignsFrom, known.RetiresAt = row.State, row.SignsFrom, row.RetiresAt
			held = append(held, &known)
			continue
		}
		k, err := openKey(r.opts.Vault, row)
		if err != nil && row.State == idp.KeyRetired {
			r.opts.Logger.WarnContext(ctx, "retired signing key does not open", "kid", row.ID)
			continue
		}
		if err != nil {
			return fmt.Errorf("keys: %w", err)
		}
		held = append(held, k)
	}
	set, err := newKeySet(held, r.opts.Now())
	if err != nil {
		return fmt.Errorf("keys: render JWKS: %w", err)
	}
	r.held.Store(set)
	return nil
}
