package authorize

import (
	"context"
	"time"

	"sekisho/idp"
)

// prolongations is how many times its lifetime an interaction may last in all, when its
// customer keeps saying to stay (WCAG 2.2, 2.2.1 asks for at least ten).
const prolongations = 12

// ProlongStore is what staying on a sign-in page needs.
type ProlongStore interface {
	ProlongInteraction(ctx context.Context, ix *idp.Interaction, at, until, oldest time.Time) error
}

// Ends says when the interaction ends, and whether nothing moves that any more (C5).
func (e *Engine) Ends(ix *idp.Interaction) (at time.Time, fixed bool) {
	return ix.ExpiresAt, !ix.ExpiresAt.Before(ix.CreatedAt.Add(prolongations * e.Limits.Interaction))
}

// Prolong gives an interaction its lifetime again because its customer said to stay. What
// was typed and chosen is kept; a first factor that has waited for its second longer than
// one lifetime is not, and has to be given again. idp.ErrExpired: it ended meanwhile.
func (e *Engine) Prolong(ctx context.Context, v *Visit) error {
	now, life := e.Now(), e.Limits.Interaction
	ix := v.Interaction
	for _, event := range v.Progress.Pending {
		if now.Sub(event.At) > life {
			v.Progress.Begin()
			break
		}
	}
	ix.Progress = v.Progress.Encode()
	until := now.Add(life)
	if end := ix.CreatedAt.Add(prolongations * life); until.After(end) {
		until = end
	}
	if !until.After(ix.ExpiresAt) {
		return nil
	}
	return e.Store.ProlongInteraction(ctx, ix, now, until, now.Add(-prolongations*life))
}
