package brokerage

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
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

	redemption redemption
}

func newAPI(cfg Config, iss *issuer) *API {
	a := &API{cfg: cfg, issuer: iss, books: newBooks(cfg.Now), mux: http.NewServeMux()}
	a.redemption = redemption{issuer: iss, id: cfg.APIClientID, secret: cfg.APIClientSecret, client: cfg.HTTPClient}
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
		case !u.satisfied(t, a.cfg.Now()):
			u.challenge(w, t)
		default:
			next(w, r, t)
		}
	}
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
