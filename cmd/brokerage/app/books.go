package brokerage

import (
	"crypto/rand"
	"strings"
	"sync"
	"time"
)

// Holding is one position.
type Holding struct {
	Symbol   string `json:"symbol"`
	Quantity int64  `json:"quantity"`
	Average  int64  `json:"average"` // yen per share
}

// Stock is a listed share of the sample market; every name is invented.
type Stock struct {
	Symbol, NameJA, NameEN string
	Price                  int64 // yen per share
}

// Market is all there is to buy.
var Market = []Stock{
	{"X101", "みなと電機", "Minato Electric", 3480},
	{"X204", "北斗食品", "Hokuto Foods", 1265},
	{"X317", "若草製薬", "Wakakusa Pharma", 5120},
	{"X422", "日の出運輸", "Hinode Transport", 842},
	{"X530", "藤波ガラス", "Fujinami Glass", 2037},
}

func stock(symbol string) (Stock, bool) {
	for _, s := range Market {
		if s.Symbol == symbol {
			return s, true
		}
	}
	return Stock{}, false
}

// Portfolio is one customer's account at the sample firm.
type Portfolio struct {
	Cash     int64     `json:"cash"` // yen
	Holdings []Holding `json:"holdings"`
}

// Order is a market order in whole lots.
type Order struct {
	Symbol   string `json:"symbol"`
	Side     string `json:"side"` // "buy" or "sell"
	Quantity int64  `json:"quantity"`
}

// Withdrawal goes to the one registered bank account.
type Withdrawal struct {
	Amount int64 `json:"amount"` // yen
}

// Receipt says what the API did.
type Receipt struct {
	Reference string      `json:"reference"`
	At        time.Time   `json:"at"`
	Order     *Order      `json:"order,omitempty"`
	Price     int64       `json:"price,omitempty"`
	Withdrawn *Withdrawal `json:"withdrawal,omitempty"`
	Cash      int64       `json:"cash"` // afterwards
	Proof     Proof       `json:"proof"`
	Approved  *approval   `json:"-"` // of a withdrawal; kept by the web application

	Settlement *Settled `json:"settlement,omitempty"`
}

const (
	lot           = 100
	maxQuantity   = 10_000
	minWithdrawal = 1_000
	maxWithdrawal = 10_000_000
	maxCustomers  = 10_000 // of one process; sample data does not outgrow it
)

// checkOrder returns "" or the code of what is wrong.
func (p Portfolio) checkOrder(o Order) string {
	s, listed := stock(o.Symbol)
	if !listed || o.Side != "buy" && o.Side != "sell" {
		return "order_invalid"
	}
	if o.Quantity < lot || o.Quantity > maxQuantity || o.Quantity%lot != 0 {
		return "quantity_invalid"
	}
	if o.Side == "buy" && s.Price*o.Quantity > p.Cash {
		return "cash_short"
	}
	if o.Side == "sell" && p.held(o.Symbol) < o.Quantity {
		return "shares_short"
	}
	return ""
}

// checkWithdrawal returns "" or the code of what is wrong.
func (p Portfolio) checkWithdrawal(amount int64) string {
	if amount < minWithdrawal || amount > maxWithdrawal {
		return "amount_invalid"
	}
	if amount > p.Cash {
		return "cash_short"
	}
	return ""
}

func (p Portfolio) held(symbol string) int64 {
	for _, h := range p.Holdings {
		if h.Symbol == symbol {
			return h.Quantity
		}
	}
	return 0
}

// books holds every customer's portfolio by sub.
type books struct {
	now func() time.Time
	mu  sync.Mutex
	by  map[string]*Portfolio
}

func newBooks(now func() time.Time) *books { return &books{now: now, by: map[string]*Portfolio{}} }

func (b *books) portfolio(sub string) Portfolio {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := *b.of(sub)
	p.Holdings = append([]Holding(nil), p.Holdings...)
	return p
}

func (b *books) of(sub string) *Portfolio {
	p := b.by[sub]
	if p == nil {
		p = &Portfolio{Cash: 3_250_000, Holdings: []Holding{{"X101", 400, 3105}, {"X204", 1200, 1340}, {"X317", 100, 4780}}}
		if len(b.by) < maxCustomers {
			b.by[sub] = p
		}
	}
	return p
}

func (b *books) order(sub string, o Order) (Receipt, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.of(sub)
	if code := p.checkOrder(o); code != "" {
		return Receipt{}, code
	}
	s, _ := stock(o.Symbol)
	if o.Side == "buy" {
		p.Cash -= s.Price * o.Quantity
		p.add(o.Symbol, o.Quantity, s.Price)
	} else {
		p.Cash += s.Price * o.Quantity
		p.add(o.Symbol, -o.Quantity, s.Price)
	}
	return Receipt{Reference: reference(), At: b.now().UTC(), Order: &o, Price: s.Price, Cash: p.Cash}, ""
}

// setAside takes the money out of reach until it is known whether it leaves: withdrawn or
// putBack follows. "" or the code of what is wrong.
func (b *books) setAside(sub string, w Withdrawal) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.of(sub)
	code := p.checkWithdrawal(w.Amount)
	if code == "" {
		p.Cash -= w.Amount
	}
	return code
}

func (b *books) putBack(sub string, w Withdrawal) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(sub).Cash += w.Amount
}

func (b *books) withdrawn(sub string, w Withdrawal) Receipt {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Receipt{Reference: reference(), At: b.now().UTC(), Withdrawn: &w, Cash: b.of(sub).Cash}
}

func (p *Portfolio) add(symbol string, quantity, price int64) {
	for i := range p.Holdings {
		h := &p.Holdings[i]
		if h.Symbol != symbol {
			continue
		}
		if quantity > 0 {
			h.Average = (h.Average*h.Quantity + price*quantity) / (h.Quantity + quantity)
		}
		if h.Quantity += quantity; h.Quantity == 0 {
			p.Holdings = append(p.Holdings[:i], p.Holdings[i+1:]...)
		}
		return
	}
	p.Holdings = append(p.Holdings, Holding{symbol, quantity, price})
}

// reference is what a customer reads out at the desk.
func reference() string {
	s := strings.ToUpper(rand.Text())
	return s[:4] + "-" + s[4:8]
}
