package clientauth

import (
	"sync"
	"time"

	"sekisho/idp"
)

// maxThrottled bounds the remembered keys. Beyond it the oldest troubles are forgotten:
// secrets have 256 bits, so the throttle saves work and log volume, not the secret.
const maxThrottled = 16_384

// throttleKey is one client at one address.
func throttleKey(clientID, ip string) string { return clientID + "\x00" + ip }

// FailureLimiter is a Throttle in this node's memory: Limit.Burst failures at once, then
// one per Limit.Every (GCRA). A client that succeeds is never counted.
type FailureLimiter struct {
	Limit idp.RateLimit
	Now   func() time.Time

	mu    sync.Mutex
	due   map[string]time.Time // theoretical arrival time
	older map[string]time.Time // the generation before; dropped when due is full
}

// Blocked reports whether the failures under key used up the burst.
func (l *FailureLimiter) Blocked(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	due, ok := l.due[key]
	if !ok {
		due = l.older[key]
	}
	return due.After(l.Now().Add(time.Duration(l.Limit.Burst-1) * l.Limit.Every))
}

// Failed counts one failure under key.
func (l *FailureLimiter) Failed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.due == nil || len(l.due) >= maxThrottled/2 {
		l.older, l.due = l.due, map[string]time.Time{}
	}
	due, ok := l.due[key]
	if !ok {
		due = l.older[key]
	}
	if now := l.Now(); due.Before(now) {
		due = now
	}
	l.due[key] = due.Add(l.Limit.Every)
}
