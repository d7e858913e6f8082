package provider

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sekisho/idp"
	"sekisho/idp/httpsafe"
)

// perAddress is the first, coarse limit: requests of any kind from one address to this
// node. It lives in memory only; what must be exact and shared is counted in storage.
type perAddress struct {
	limit idp.RateLimit
	now   func() time.Time

	mu    sync.Mutex
	seen  map[netip.Prefix]*rate.Limiter
	swept time.Time
}

const maxAddresses = 100_000 // limiters kept; beyond it the table starts anew

func newPerAddress(l idp.RateLimit, now func() time.Time) *perAddress {
	return &perAddress{limit: l, now: now, seen: map[netip.Prefix]*rate.Limiter{}, swept: now()}
}

func (p *perAddress) allow(ip netip.Addr) bool {
	if p.limit == (idp.RateLimit{}) {
		return true
	}
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	key, err := ip.Prefix(bits)
	if err != nil {
		key = netip.Prefix{} // no address: one shared source
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if len(p.seen) > maxAddresses || now.Sub(p.swept) > 10*time.Minute {
		clear(p.seen)
		p.swept = now
	}
	l := p.seen[key]
	if l == nil {
		l = rate.NewLimiter(rate.Every(p.limit.Every), p.limit.Burst)
		p.seen[key] = l
	}
	return l.AllowN(now, 1)
}

func (p *perAddress) wrap(refuse httpsafe.Refusal) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !p.allow(httpsafe.ClientAddress(r.Context())) {
				w.Header().Set("Retry-After", "10")
				refuse(w, r, http.StatusTooManyRequests)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
