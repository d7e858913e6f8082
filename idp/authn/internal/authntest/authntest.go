// Package authntest is what the tests of idp/authn share: a clock, a vault, accounts.
package authntest

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// Clock is a clock that only tests move.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts on a business day.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}
}

// Now is what services get as their Now.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Vault opens a vault under a fresh KEK.
func Vault(t testing.TB) *keys.Vault {
	t.Helper()
	kek, err := keys.NewKEK()
	if err != nil {
		t.Fatal(err)
	}
	vault, err := keys.OpenVault(kek)
	if err != nil {
		t.Fatal(err)
	}
	return vault
}

// AccountCreator is the part of *storage.Store that Account needs.
type AccountCreator interface {
	CreateAccount(ctx context.Context, n idp.NewAccount, e idp.Effects) error
}

// Account creates an active account with one verified registered address.
func Account(t testing.TB, s AccountCreator, now time.Time, login string, passwords ...idp.Password) (*idp.Account, idp.Email) {
	t.Helper()
	a := idp.Account{
		ID: idp.NewID(), Subject: idp.NewID(), LoginName: login, Kind: idp.Personal, Status: idp.AccountActive,
		UserHandle: make([]byte, 32), CreatedAt: now, UpdatedAt: now,
	}
	rand.Read(a.UserHandle)
	for i := range passwords {
		passwords[i].AccountID = a.ID
	}
	address := login + "@example.com"
	e := idp.Email{ID: idp.NewID(), AccountID: a.ID, Address: address, Canonical: address,
		Purpose: idp.EmailRegistered, VerifiedAt: now, CreatedAt: now}
	err := s.CreateAccount(context.Background(), idp.NewAccount{Account: a, Emails: []idp.Email{e}, Passwords: passwords}, idp.Effects{})
	if err != nil {
		t.Fatal(err)
	}
	return &a, e
}

// Race runs f from n goroutines released together and returns their errors.
func Race(n int, f func(i int) error) []error {
	errs, start, done := make([]error, n), make(chan struct{}), sync.WaitGroup{}
	for i := range n {
		done.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	done.Wait()
	return errs
}

// OutboxLeaser is the part of *storage.Store that Outbox needs.
type OutboxLeaser interface {
	LeaseOutbox(ctx context.Context, n int, now time.Time, lease time.Duration) ([]idp.OutboxMessage, error)
}

// Outbox takes the messages queued by now.
func Outbox(t testing.TB, s OutboxLeaser, now time.Time) []idp.OutboxMessage {
	t.Helper()
	messages, err := s.LeaseOutbox(context.Background(), 1000, now, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return messages
}
