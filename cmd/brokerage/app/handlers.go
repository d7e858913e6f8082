package brokerage

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

type customerHandler func(http.ResponseWriter, *http.Request, *session, customer)

// customerOnly lets signed-in customers through. Others are sent to sign in; what a
// signed-out browser posts is not kept, because nobody knows whose it is.
func (s *Site) customerOnly(next customerHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x := s.sessions.of(r)
		if c := s.sessions.customerOf(x); c != nil {
			next(w, r, x, *c)
			return
		}
		if x == nil {
			x = s.sessions.begin(w)
		}
		if r.Method != http.MethodGet {
			if !s.sessions.toldOfLogout(x) {
				s.sessions.within(func() { x.notice = "signed_off" })
			}
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		if s.sessions.toldOfLogout(x) {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		if err := s.authorizeAt(w, r, x, authorization{returnTo: r.URL.RequestURI()}); err != nil {
			s.pages.unavailable(w, r)
		}
	}
}

func (s *Site) home(w http.ResponseWriter, r *http.Request) {
	x := s.sessions.of(r)
	v := homeView{}
	if x != nil {
		s.sessions.within(func() { v.Notice, x.notice = x.notice, "" })
	}
	if c := s.sessions.customerOf(x); c != nil {
		if v.Notice == "" {
			http.Redirect(w, r, "/holdings", http.StatusSeeOther)
			return
		}
		v.Customer = *c
	}
	s.pages.show(w, r, http.StatusOK, "home", v)
}

// portfolio reads through the API with the customer's token. When the API wants another
// authentication, or the token has run out, the browser is sent to the provider and comes
// back to the same page; not more than once in half a minute.
func (s *Site) portfolio(w http.ResponseWriter, r *http.Request, x *session, c customer) (Portfolio, bool) {
	p, err := s.read(r.Context(), x)
	if err == nil {
		return p, true
	}
	var refusal *apiError
	if errors.As(err, &refusal) && refusal.Status == http.StatusUnauthorized && s.mayRestart(x) {
		a := authorization{subject: c.Subject, returnTo: r.URL.RequestURI()}
		if refusal.Challenge != nil {
			a.acr, a.maxAge = refusal.Challenge.ACRValues, refusal.Challenge.MaxAge
		}
		if s.authorizeAt(w, r, x, a) == nil {
			return p, false
		}
	}
	s.pages.unavailable(w, r)
	return p, false
}

func (s *Site) read(ctx context.Context, x *session) (Portfolio, error) {
	var token string
	s.sessions.within(func() {
		if t := x.tokens[""]; t != nil {
			token = t.AccessToken
		}
	})
	var p Portfolio
	err := s.calls.call(ctx, http.MethodGet, "/portfolio", token, nil, &p)
	return p, err
}

func (s *Site) mayRestart(x *session) (may bool) {
	now := s.cfg.Now()
	s.sessions.within(func() {
		if may = now.Sub(x.restart) > 30*time.Second; may {
			x.restart = now
		}
	})
	return may
}

func (s *Site) holdings(w http.ResponseWriter, r *http.Request, x *session, c customer) {
	p, ok := s.portfolio(w, r, x, c)
	if !ok {
		return
	}
	s.pages.show(w, r, http.StatusOK, "holdings", holdingsView{Customer: c, Portfolio: p})
}

func (s *Site) tradeForm(w http.ResponseWriter, r *http.Request, x *session, c customer) {
	p, ok := s.portfolio(w, r, x, c)
	if !ok {
		return
	}
	v := tradeView{Customer: c, Portfolio: p, Market: Market, Order: Order{Symbol: Market[0].Symbol, Side: "buy", Quantity: lot}}
	if _, listed := stock(r.URL.Query().Get("symbol")); listed {
		v.Order.Symbol = r.URL.Query().Get("symbol")
	}
	if r.URL.Query().Get("side") == "sell" {
		v.Order.Side = "sell"
	}
	if f := s.kept(r, x); f.order != nil {
		v.Order, v.Notice = *f.order, f.why
	}
	s.pages.show(w, r, http.StatusOK, "trade", v)
}

func (s *Site) trade(w http.ResponseWriter, r *http.Request, x *session, c customer) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	quantity, _ := strconv.ParseInt(r.PostFormValue("quantity"), 10, 64) // 0 is refused as a quantity
	o := Order{Symbol: r.PostFormValue("symbol"), Side: r.PostFormValue("side"), Quantity: quantity}
	// What cannot succeed is said before the customer is asked for a proof. Where the
	// portfolio cannot be read just now the form is kept and the API decides.
	p, err := s.read(r.Context(), x)
	if why := p.checkOrder(o); err == nil && why != "" {
		s.pages.show(w, r, http.StatusUnprocessableEntity, "trade", tradeView{Customer: c, Portfolio: p, Market: Market, Order: o, Notice: why})
		return
	}
	s.submit(w, r, x, &form{order: &o})
}

func (s *Site) withdrawForm(w http.ResponseWriter, r *http.Request, x *session, c customer) {
	p, ok := s.portfolio(w, r, x, c)
	if !ok {
		return
	}
	v := withdrawView{Customer: c, Portfolio: p}
	if f := s.kept(r, x); f.withdrawal != nil {
		v.Amount, v.Notice = f.amountText, f.why
	}
	s.pages.show(w, r, http.StatusOK, "withdraw", v)
}

func (s *Site) withdraw(w http.ResponseWriter, r *http.Request, x *session, c customer) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	typed := r.PostFormValue("amount")
	amount, readable := yenAmount(typed)
	if !readable {
		if p, ok := s.portfolio(w, r, x, c); ok {
			s.pages.show(w, r, http.StatusUnprocessableEntity, "withdraw", withdrawView{Customer: c, Portfolio: p, Amount: typed, Notice: "amount_invalid"})
		}
		return
	}
	p, err := s.read(r.Context(), x) // see trade
	if why := p.checkWithdrawal(amount); err == nil && why != "" {
		s.pages.show(w, r, http.StatusUnprocessableEntity, "withdraw", withdrawView{Customer: c, Portfolio: p, Amount: typed, Notice: why})
		return
	}
	s.submit(w, r, x, &form{withdrawal: &Withdrawal{Amount: amount}, amountText: typed})
}

func (s *Site) receipt(w http.ResponseWriter, r *http.Request, x *session, c customer) {
	var found *Receipt
	s.sessions.within(func() { found = x.receipts[r.PathValue("id")] })
	if found == nil {
		s.missing(w, r)
		return
	}
	s.pages.show(w, r, http.StatusOK, "receipt", receiptView{Customer: c, Receipt: *found})
}

func (s *Site) signedOut(w http.ResponseWriter, r *http.Request) {
	s.pages.show(w, r, http.StatusOK, "signed_out", plainView{})
}

func (s *Site) missing(w http.ResponseWriter, r *http.Request) {
	s.pages.trouble(w, r, http.StatusNotFound, "missing")
}
