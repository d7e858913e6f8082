package brokerage

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

const (
	sessionCookie = "aoba_session"
	sessionIdle   = 8 * time.Hour
	visitorIdle   = 30 * time.Minute // nobody signed in yet
	maxSessions   = 20_000
	maxOpen       = 8 // authorizations, forms and receipts kept per session
)

// session is one browser at this site. Everything about a form that waits for a step-up
// stays here, on the server: nothing of it travels through the provider. All fields are
// used under the lock of sessions.
type session struct {
	seen     time.Time
	customer *customer
	tokens   map[string]*oauth2.Token // by the acr value that was asked for; "" is the sign-in's
	asked    map[string]authorization // by state
	forms    map[string]*form
	receipts map[string]*Receipt
	approved *approval // the receipt that came with the token for a withdrawal
	notice   string    // a text key, shown once on the front page
	restart  time.Time // last time a page, not a form, sent the customer to the provider
	order    []string  // ids of forms, receipts and states, oldest first
}

// customer is who signed in, by the ID token.
type customer struct {
	Subject string
	Name    string
	IDToken string // for id_token_hint at sign-out
	SID     string // of the session at the provider, which may end without this browser
	ACR     string
}

// sessions is the session store of one process. The cookie holds 256 random bits, of which
// only the hash is kept.
type sessions struct {
	now    func() time.Time
	secure bool
	mu     sync.Mutex
	by     map[[32]byte]*session
}

func newSessions(now func() time.Time, secure bool) *sessions {
	return &sessions{now: now, secure: secure, by: map[[32]byte]*session{}}
}

// of is the live session of the request, or nil.
func (s *sessions) of(r *http.Request) *session {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.by[sha256.Sum256([]byte(c.Value))]
	if found == nil || s.stale(found) {
		return nil
	}
	found.seen = s.now()
	return found
}

func (s *sessions) stale(x *session) bool {
	idle := visitorIdle
	if x.customer != nil {
		idle = sessionIdle
	}
	return s.now().Sub(x.seen) > idle
}

// begin opens a session for a visitor.
func (s *sessions) begin(w http.ResponseWriter) *session {
	x := &session{
		seen: s.now(), tokens: map[string]*oauth2.Token{}, asked: map[string]authorization{},
		forms: map[string]*form{}, receipts: map[string]*Receipt{},
	}
	s.put(w, x)
	return x
}

func (s *sessions) put(w http.ResponseWriter, x *session) {
	value := rand.Text() + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.by) >= maxSessions {
		s.sweep()
	}
	s.by[sha256.Sum256([]byte(value))] = x
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: value, Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
}

// sweep drops what is stale, and if that is not enough, visitors who never signed in.
func (s *sessions) sweep() {
	for k, x := range s.by {
		if s.stale(x) {
			delete(s.by, k)
		}
	}
	for k, x := range s.by {
		if len(s.by) < maxSessions {
			return
		}
		if x.customer == nil {
			delete(s.by, k)
		}
	}
}

// renew gives the session a new cookie: the one from before the sign-in ends.
func (s *sessions) renew(w http.ResponseWriter, r *http.Request, x *session) {
	s.drop(r)
	s.put(w, x)
}

// drop forgets the session of the request.
func (s *sessions) drop(r *http.Request) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, sha256.Sum256([]byte(c.Value)))
}

func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	s.drop(r)
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
}

// within runs f with the session to itself.
func (s *sessions) within(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// remember notes an id and forgets the oldest ones beyond the cap. Call it within.
func (x *session) remember(id string) {
	x.order = append(x.order, id)
	for len(x.order) > 3*maxOpen {
		old := x.order[0]
		x.order = x.order[1:]
		delete(x.asked, old)
		delete(x.forms, old)
		delete(x.receipts, old)
	}
}

func (s *sessions) customerOf(x *session) *customer {
	if x == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return x.customer
}
