package brokerage

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// form is an order or a withdrawal the customer sent, kept on the server until the API has
// done it or the customer gives it up.
type form struct {
	id         string
	order      *Order
	withdrawal *Withdrawal
	amountText string // as typed, so that it can be shown again
	why        string // a text key: what stood in the way last time
	stepUps    int    // restarts for a stronger authentication
	renewals   int    // restarts for a token that is no longer valid
	running    bool   // one request at a time works on it
}

func (f *form) page() string {
	if f.order != nil {
		return "/trade"
	}
	return "/withdraw"
}

// operation is the acr value under which a token for this form is kept.
func (f *form) operation() string {
	if f.order != nil {
		return opTrade
	}
	return opWithdrawal
}

// submit keeps the form and tries it.
func (s *Site) submit(w http.ResponseWriter, r *http.Request, x *session, f *form) {
	f.id = rand.Text()
	s.sessions.within(func() {
		x.forms[f.id] = f
		x.remember(f.id)
	})
	s.resume(w, r, x, f.id)
}

// resume tries a kept form: at once, and again when the customer comes back from the
// provider. A challenge is followed once per form; the second is explained, so that a
// policy nobody can meet does not send the customer round in circles.
func (s *Site) resume(w http.ResponseWriter, r *http.Request, x *session, id string) {
	f, token, subject := s.take(x, id)
	if f == nil {
		s.pages.trouble(w, r, http.StatusConflict, "stale")
		return
	}
	done, err := s.perform(r.Context(), token, f)
	if err == nil {
		s.sessions.within(func() {
			delete(x.forms, id)
			x.receipts[id] = &done
			x.remember(id)
			if f.operation() == opWithdrawal {
				done.Approved, x.approved = x.approved, nil
				delete(x.tokens, opWithdrawal) // the API takes it once
			}
		})
		http.Redirect(w, r, "/receipt/"+id, http.StatusSeeOther)
		return
	}
	var refusal *apiError
	if !errors.As(err, &refusal) {
		s.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "api not reachable", slog.String("error", err.Error()))
		s.giveBack(w, r, x, id, "outcome_unknown")
		return
	}
	a := authorization{form: id, subject: subject}
	again := false
	s.sessions.within(func() {
		f.running = false
		if refusal.Code == approvalUsed || refusal.Challenge != nil && f.withdrawal != nil {
			delete(x.tokens, opWithdrawal)
		}
		switch {
		case refusal.Challenge != nil && f.stepUps == 0:
			f.stepUps++
			a.acr, a.maxAge, again = refusal.Challenge.ACRValues, refusal.Challenge.MaxAge, true
			if f.withdrawal != nil {
				a.details = transactionOf(f.withdrawal)
			}
		case refusal.Challenge == nil && refusal.Status == http.StatusUnauthorized && f.renewals == 0:
			f.renewals++
			again = true
			delete(x.tokens, f.operation()) // revoked, or its key is gone
		}
	})
	if again {
		if err := s.authorizeAt(w, r, x, a); err != nil {
			s.giveBack(w, r, x, id, "temporarily_unavailable")
		}
		return
	}
	s.giveBack(w, r, x, id, explained(refusal))
}

// take claims the form for this request, together with the token to try it with.
func (s *Site) take(x *session, id string) (f *form, token, subject string) {
	s.sessions.within(func() {
		found := x.forms[id]
		if found == nil || found.running || x.customer == nil {
			return
		}
		found.running = true
		f, subject = found, x.customer.Subject
		t := x.tokens[f.operation()]
		if t == nil || !s.fresh(t) {
			t = x.tokens[""]
		}
		if t != nil {
			token = t.AccessToken
		}
	})
	return f, token, subject
}

// fresh reports whether a token has not expired by this site's own clock.
func (s *Site) fresh(t *oauth2.Token) bool {
	return t.Expiry.IsZero() || s.cfg.Now().Before(t.Expiry.Add(-5*time.Second))
}

func (s *Site) perform(ctx context.Context, token string, f *form) (Receipt, error) {
	var done Receipt
	var err error
	if f.order != nil {
		err = s.calls.call(ctx, http.MethodPost, "/orders", token, f.order, &done)
	} else {
		err = s.calls.call(ctx, http.MethodPost, "/withdrawals", token, f.withdrawal, &done)
	}
	return done, err
}

// explained is the text for a refusal that no further authentication will change.
func explained(e *apiError) string {
	switch {
	case e.Challenge != nil:
		return "unmet_authentication_requirements"
	case knownProblem(e.Code):
		return e.Code
	}
	return "temporarily_unavailable"
}

// giveBack shows the form again with every entry and a reason.
func (s *Site) giveBack(w http.ResponseWriter, r *http.Request, x *session, id, why string) {
	page := "/"
	s.sessions.within(func() {
		if f := x.forms[id]; f != nil {
			f.running, f.stepUps, f.renewals, f.why = false, 0, 0, why
			page = f.page() + "?form=" + id
		}
	})
	http.Redirect(w, r, page, http.StatusSeeOther)
}

// arrivedToken files a token under the operation it was asked for. The sign-in's token
// stays the one that reads, unless it is gone or too old. Call it within.
func (s *Site) arrivedToken(x *session, a authorization, t *oauth2.Token) {
	if len(a.acr) == 1 && (a.acr[0] == opTrade || a.acr[0] == opWithdrawal) {
		x.tokens[a.acr[0]] = t
		if base := x.tokens[""]; base != nil && s.fresh(base) {
			return
		}
	}
	x.tokens[""] = t
}

// kept is the form the query names, for prefilling; a copy.
func (s *Site) kept(r *http.Request, x *session) form {
	var out form
	s.sessions.within(func() {
		if f := x.forms[r.URL.Query().Get("form")]; f != nil {
			out = *f
		}
	})
	return out
}

// yenAmount reads what a customer types for an amount: separators, a yen sign and
// full-width digits are welcome.
func yenAmount(s string) (int64, bool) {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case strings.ContainsRune(",，、 　円¥￥", r):
			return -1
		}
		return r
	}, s)
	if len(s) > 12 {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, false
	}
	return n, true
}
