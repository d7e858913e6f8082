package brokerage

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// API is the resource server. Every route validates the token first and only then says
// what it would need: a stranger learns nothing of the rules (SU-08).
type API struct {
	cfg    Config
	issuer *issuer
	books  *books
	mux    *http.ServeMux
	keys   *proofs

	mu   sync.Mutex
	used map[string]int64 // jti of spent tokens → exp
}

func newAPI(cfg Config, iss *issuer) *API {
	a := &API{cfg: cfg, issuer: iss, books: newBooks(cfg.Now), mux: http.NewServeMux(), used: map[string]int64{}}
	a.keys = &proofs{api: cfg.APIURL, now: cfg.Now, used: map[string]time.Time{}}
	a.mux.HandleFunc("GET /portfolio", a.require(readRule, a.portfolio))
	a.mux.HandleFunc("POST /orders", a.require(tradeRule, a.order))
	a.mux.HandleFunc("POST /withdrawals", a.require(withdrawalRule, a.withdrawal))
	a.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { problem(w, http.StatusNotFound, "not_found") })
	return a
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	a.mux.ServeHTTP(w, r)
}

func (a *API) require(u rule, next func(http.ResponseWriter, *http.Request, accessToken)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, err := validate(r.Context(), a.issuer, a.cfg.Resource, r, a.cfg.Now, a.keys)
		switch {
		case errors.Is(err, errNoToken):
			w.Header().Set("WWW-Authenticate", a.named("Bearer")) // RFC 6750 section 3.1: no error code without a token
			w.Header().Add("WWW-Authenticate", a.named("DPoP "+dpopAlgs))
			problem(w, http.StatusUnauthorized, "unauthorized")
		case errors.Is(err, errBadToken):
			w.Header().Set("WWW-Authenticate", a.named(t.scheme()+`error="invalid_token"`))
			problem(w, http.StatusUnauthorized, "invalid_token")
		case errors.Is(err, errBadProof):
			w.Header().Set("WWW-Authenticate", t.scheme()+`error="invalid_dpop_proof"`)
			problem(w, http.StatusUnauthorized, "invalid_dpop_proof")
		case err != nil:
			a.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "tokens cannot be validated", slog.String("error", err.Error()))
			w.Header().Set("Retry-After", "5")
			problem(w, http.StatusServiceUnavailable, "unavailable")
		case !u.satisfied(t, a.cfg.Now()) || u.Once && a.spent(t.ID):
			u.challenge(w, t)
		default:
			next(w, r, t)
		}
	}
}

func (a *API) spent(jti string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, used := a.used[jti]
	return used
}

// spend takes the token for this one request; false means that another one was faster.
// Spent tokens are remembered until they expire by themselves.
func (a *API) spend(t accessToken) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	past := a.cfg.Now().Add(-time.Minute).Unix()
	for jti, exp := range a.used {
		if exp < past {
			delete(a.used, jti)
		}
	}
	if _, used := a.used[t.ID]; used {
		return false
	}
	a.used[t.ID] = t.Expires
	return true
}

func (a *API) portfolio(w http.ResponseWriter, _ *http.Request, t accessToken) {
	reply(w, http.StatusOK, a.books.portfolio(t.Subject))
}

func (a *API) order(w http.ResponseWriter, r *http.Request, t accessToken) {
	var o Order
	if !decode(w, r, &o) {
		return
	}
	done, code := a.books.order(t.Subject, o)
	if code != "" {
		problem(w, http.StatusUnprocessableEntity, code)
		return
	}
	done.Proof = proofOf(t)
	a.settle(r, &done)
	reply(w, http.StatusCreated, done)
}

func (a *API) withdrawal(w http.ResponseWriter, r *http.Request, t accessToken) {
	var wd Withdrawal
	if !decode(w, r, &wd) {
		return
	}
	// A request that would be refused anyway does not cost the customer the proof.
	if code := a.books.portfolio(t.Subject).checkWithdrawal(wd.Amount); code != "" {
		problem(w, http.StatusUnprocessableEntity, code)
		return
	}
	if !t.covers(wd) || !a.spend(t) { // approved was another amount, or nothing any more
		withdrawalRule.challenge(w, t)
		return
	}
	done, code := a.books.withdraw(t.Subject, wd)
	if code != "" {
		problem(w, http.StatusUnprocessableEntity, code)
		return
	}
	done.Proof = proofOf(t)
	reply(w, http.StatusCreated, done)
}

// Proof is what the API saw of the customer's authentication, for the receipt.
type Proof struct {
	ACR      string    `json:"acr"`
	Level    string    `json:"level"`
	AuthTime time.Time `json:"auth_time"`
}

func proofOf(t accessToken) Proof {
	return Proof{ACR: t.ACR, Level: t.Level, AuthTime: time.Unix(t.AuthTime, 0).UTC()}
}

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		problem(w, http.StatusBadRequest, "bad_request")
		return false
	}
	return true
}

func problem(w http.ResponseWriter, status int, code string) {
	reply(w, status, map[string]string{"error": code})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away: nobody left to tell
}
