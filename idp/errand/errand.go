// Package errand puts work off until after the answer: it is sealed into the outbox by one
// statement, the same for every request, and done by whichever node leases it. So how long an
// answer takes says nothing about whom it is for, and nothing is lost when a node stops.
//
// It refuses to know what the work is. An errand may be run twice; whoever runs it sees to it
// that the second time does no harm.
package errand

import (
	"context"
	"encoding/json"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// Store keeps errands until they are run. *storage.Store satisfies it.
type Store interface {
	AddOutbox(ctx context.Context, messages []idp.OutboxMessage) error
}

// Vault seals what waits in the database. *keys.Vault satisfies it.
type Vault interface {
	Seal(p keys.Purpose, context string, plain []byte) ([]byte, error)
	Open(p keys.Purpose, context string, sealed []byte) ([]byte, error)
}

// Queue is where errands wait. All fields are required.
type Queue struct {
	Store     Store
	Vault     Vault
	Now       func() time.Time
	Committed func() // wakes the outbox
}

// Put leaves an errand of this kind of outbox message. After life it is not run any more.
func (q Queue) Put(ctx context.Context, kind string, life time.Duration, job any) error {
	plain, err := json.Marshal(job)
	if err != nil {
		return err
	}
	now := q.Now()
	m := idp.OutboxMessage{ID: idp.NewID(), Kind: kind, CreatedAt: now, NotBefore: now, ExpiresAt: now.Add(life)}
	if m.Payload, err = q.Vault.Seal(keys.PurposeOutbox, m.ID, plain); err != nil {
		return err
	}
	if err := q.Store.AddOutbox(ctx, []idp.OutboxMessage{m}); err != nil {
		return err
	}
	q.Committed()
	return nil
}

// Open reads what was put.
func (q Queue) Open(m idp.OutboxMessage, job any) error {
	plain, err := q.Vault.Open(keys.PurposeOutbox, m.ID, m.Payload)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, job)
}
