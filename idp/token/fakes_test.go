package token

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"sekisho/idp"
)

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type trail struct {
	mu      sync.Mutex
	records []idp.AuditRecord
}

func (t *trail) Record(_ context.Context, r idp.AuditRecord) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.records = append(t.records, r)
}

func (t *trail) has(event string) bool { return t.last(event).Event != "" }

// last is the newest record of an event, zero when there is none.
func (t *trail) last(event string) (found idp.AuditRecord) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.records {
		if r.Event == event {
			found = r
		}
	}
	return found
}

func refreshTokenIn(body []byte) string {
	var a struct {
		RefreshToken string `json:"refresh_token"`
	}
	if json.Unmarshal(body, &a) != nil {
		return ""
	}
	return a.RefreshToken
}
