package storage_test

import (
	"reflect"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func newChallenge(flowID string) idp.Challenge {
	now := start()
	return idp.Challenge{
		ID: idp.NewID(), Kind: idp.ChallengeGet, FlowID: flowID, BrowserHash: idp.HashSecret("browser"),
		SessionData: []byte(`{"challenge":"x"}`), CreatedAt: now, ExpiresAt: now.Add(5 * time.Minute),
	}
}

func TestChallenges(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		consume := func(c idp.Challenge, now time.Time) (*idp.Challenge, error) {
			return s.ConsumeChallenge(t.Context(), c.ID, c.Kind, c.FlowID, c.BrowserHash, now)
		}
		t.Run("PG-01 fifty finishes of one ceremony: one gets it", func(t *testing.T) {
			challenge := newChallenge(idp.NewID())
			must(t, s.CreateChallenge(t.Context(), challenge, 5))
			tally(t, race(func(int) error {
				got, err := consume(challenge, start())
				if err == nil && !reflect.DeepEqual(*got, challenge) {
					t.Errorf("got %+v, want %+v", *got, challenge)
				}
				return err
			}), 1, idp.ErrNotFound)
		})
		t.Run("PG-01 PA-01 only in its own kind, interaction and browser", func(t *testing.T) {
			challenge := newChallenge(idp.NewID())
			must(t, s.CreateChallenge(t.Context(), challenge, 5))
			for name, change := range map[string]func(*idp.Challenge){
				"kind":        func(c *idp.Challenge) { c.Kind = idp.ChallengeCreate },
				"interaction": func(c *idp.Challenge) { c.FlowID = "another" },
				"browser":     func(c *idp.Challenge) { c.BrowserHash = idp.HashSecret("another") },
				"no browser":  func(c *idp.Challenge) { c.BrowserHash = nil },
			} {
				foreign := challenge
				change(&foreign)
				if _, err := consume(foreign, start()); err == nil {
					t.Errorf("another %s could finish it", name)
				}
			}
			_, err := consume(challenge, start())
			must(t, err)
		})
		t.Run("PG-01 an expired one is gone", func(t *testing.T) {
			challenge := newChallenge(idp.NewID())
			must(t, s.CreateChallenge(t.Context(), challenge, 5))
			_, err := consume(challenge, challenge.ExpiresAt)
			wantErr(t, err, idp.ErrExpired)
			_, err = consume(challenge, start())
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("the oldest beyond the cap are dropped, the newest never", func(t *testing.T) {
			flow, list := idp.NewID(), []idp.Challenge{}
			for range 4 {
				challenge := newChallenge(flow)
				challenge.CreatedAt = challenge.CreatedAt.Add(time.Duration(len(list)) * time.Second)
				must(t, s.CreateChallenge(t.Context(), challenge, 2))
				list = append(list, challenge)
			}
			for i, challenge := range list {
				_, err := consume(challenge, start())
				if open := err == nil; open != (i >= 2) {
					t.Errorf("challenge %d open: %v", i, open)
				}
			}
			alone := newChallenge(idp.NewID())
			must(t, s.CreateChallenge(t.Context(), alone, 0))
			_, err := consume(alone, start())
			must(t, err)
		})
	})
}

func newEmailCode(accountID, flowID string) idp.EmailCode {
	now := start()
	return idp.EmailCode{
		ID: idp.NewID(), AccountID: accountID, FlowID: flowID, Purpose: idp.CodeSignIn, EmailID: "mail",
		CodeMAC: []byte("mac"), CreatedAt: now, ExpiresAt: now.Add(10 * time.Minute),
	}
}

func TestEmailCodes(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		account := createAccount(t, s)
		attempt := func(c idp.EmailCode, now time.Time) error {
			_, err := s.AttemptEmailCode(t.Context(), c.FlowID, c.Purpose, 5, now)
			return err
		}
		issue := func(t *testing.T) idp.EmailCode {
			t.Helper()
			code := newEmailCode(account.ID, idp.NewID())
			must(t, s.IssueEmailCode(t.Context(), code, effects("code.sent")))
			return code
		}
		t.Run("OT-03 fifty attempts at once: the cap holds before anything is compared", func(t *testing.T) {
			code := issue(t)
			tally(t, race(func(int) error { return attempt(code, start()) }), 5, idp.ErrTooMany)
		})
		t.Run("fifty right answers at once: one is accepted", func(t *testing.T) {
			code := issue(t)
			tally(t, race(func(int) error { return s.ConsumeEmailCode(t.Context(), code.ID, start()) }), 1, idp.ErrConsumed)
			wantErr(t, attempt(code, start()), idp.ErrConsumed)
		})
		t.Run("OT-07 a new code voids the old, in whatever interaction", func(t *testing.T) {
			old := issue(t)
			fresh := issue(t)
			wantErr(t, attempt(old, start()), idp.ErrConsumed)
			wantErr(t, s.ConsumeEmailCode(t.Context(), old.ID, start()), idp.ErrConsumed)
			must(t, attempt(fresh, start()))
			must(t, s.ConsumeEmailCode(t.Context(), fresh.ID, start()))
		})
		t.Run("OT-07 not in another interaction, not for another purpose", func(t *testing.T) {
			code := issue(t)
			foreign := code
			foreign.FlowID = "another"
			wantErr(t, attempt(foreign, start()), idp.ErrNotFound)
			foreign = code
			foreign.Purpose = idp.CodeEnrolPasskey
			wantErr(t, attempt(foreign, start()), idp.ErrNotFound)
			open, err := s.OpenEmailCode(t.Context(), code.FlowID, code.Purpose)
			must(t, err)
			if !reflect.DeepEqual(*open, code) {
				t.Errorf("looking or a foreign attempt changed the code: %+v, want %+v", *open, code)
			}
		})
		t.Run("OT-07 an interaction that names another customer leaves no code of the first", func(t *testing.T) {
			first := issue(t)
			second := newEmailCode(createAccount(t, s).ID, first.FlowID)
			must(t, s.IssueEmailCode(t.Context(), second, idp.Effects{}))
			got, err := s.AttemptEmailCode(t.Context(), first.FlowID, first.Purpose, 5, start())
			must(t, err)
			if got.AccountID != second.AccountID || got.Attempts != 1 {
				t.Errorf("got %+v", got)
			}
		})
		t.Run("an expired code", func(t *testing.T) {
			code := issue(t)
			wantErr(t, attempt(code, code.ExpiresAt), idp.ErrExpired)
		})
		t.Run("codes issued at once leave one open", func(t *testing.T) {
			account := createAccount(t, s)
			tally(t, race(func(int) error {
				return s.IssueEmailCode(t.Context(), newEmailCode(account.ID, idp.NewID()), idp.Effects{})
			}), contenders, nil)
			if n := rows(t, s, "email_codes", "consumed_at = 0 AND account_id = '"+account.ID+"'"); n != 1 {
				t.Errorf("%d open codes, want 1", n)
			}
		})
		t.Run("a mail is queued with its code", func(t *testing.T) {
			before := rows(t, s, "outbox", "1 = 1")
			issue(t)
			if n := rows(t, s, "outbox", "1 = 1"); n != before+1 {
				t.Errorf("%d mails, want %d", n, before+1)
			}
		})
	})
}

func invite(t *testing.T, s *storage.Store) (idp.Account, idp.Invitation, idp.Email) {
	t.Helper()
	account, now := newAccount(), start()
	account.Status = idp.AccountInvited
	invitation := idp.Invitation{ID: idp.NewID(), AccountID: account.ID, CodeMAC: []byte("mac"), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	email := idp.Email{ID: idp.NewID(), AccountID: account.ID, Address: "Hanako@e.example", Canonical: "hanako@e.example", Purpose: idp.EmailRegistered, CreatedAt: now}
	must(t, s.CreateAccount(t.Context(), storage.NewAccount{Account: account, Emails: []idp.Email{email}, Invitation: &invitation}, idp.Effects{}))
	return account, invitation, email
}

func TestInvitations(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		accept := func(a idp.Account, i idp.Invitation, e idp.Email) error {
			return s.AcceptInvitation(t.Context(), storage.AcceptInvitation{
				InvitationID: i.ID, AccountID: a.ID, VerifiedEmailID: e.ID, At: start(), Effects: effects("invitation.accepted"),
				Password: idp.Password{Kind: idp.LoginPassword, Hash: "h-" + idp.NewID(), ChangedAt: start()},
			})
		}
		t.Run("accepted once, however many try", func(t *testing.T) {
			account, invitation, email := invite(t, s)
			tally(t, race(func(int) error { return accept(account, invitation, email) }), 1, idp.ErrConsumed)
			got, err := s.Account(t.Context(), account.ID)
			must(t, err)
			if got.Status != idp.AccountActive {
				t.Errorf("the account is %s", got.Status)
			}
			if list, err := s.Emails(t.Context(), account.ID); err != nil || len(list) != 1 || !list[0].Verified() {
				t.Errorf("emails %+v, %v", list, err)
			}
			if _, err := s.Password(t.Context(), account.ID, idp.LoginPassword); err != nil {
				t.Error(err)
			}
		})
		t.Run("attempts are counted before the code is compared", func(t *testing.T) {
			_, invitation, _ := invite(t, s)
			tally(t, race(func(int) error {
				_, err := s.AttemptInvitation(t.Context(), invitation.ID, 5, start())
				return err
			}), 5, idp.ErrTooMany)
		})
		t.Run("a new one voids the old", func(t *testing.T) {
			account, old, email := invite(t, s)
			fresh := idp.Invitation{ID: idp.NewID(), AccountID: account.ID, CodeMAC: []byte("m"), ExpiresAt: start().Add(time.Hour)}
			must(t, s.ReplaceInvitation(t.Context(), fresh, idp.Effects{}))
			_, err := s.AttemptInvitation(t.Context(), old.ID, 5, start())
			wantErr(t, err, idp.ErrConsumed)
			wantErr(t, accept(account, old, email), idp.ErrConsumed)
			if open, err := s.Invitation(t.Context(), account.ID); err != nil || open.ID != fresh.ID {
				t.Errorf("open invitation %+v, %v", open, err)
			}
			must(t, accept(account, fresh, email))
			_, err = s.Invitation(t.Context(), account.ID)
			wantErr(t, err, idp.ErrNotFound)
		})
		t.Run("expired, foreign or of a locked account", func(t *testing.T) {
			account, invitation, email := invite(t, s)
			_, err := s.AttemptInvitation(t.Context(), invitation.ID, 5, invitation.ExpiresAt)
			wantErr(t, err, idp.ErrExpired)
			_, err = s.AttemptInvitation(t.Context(), "unknown", 5, start())
			wantErr(t, err, idp.ErrNotFound)
			wantErr(t, accept(createAccount(t, s), invitation, email), idp.ErrNotFound)
			must(t, s.SetAccountStatus(t.Context(), account.ID, idp.AccountLocked, idp.Effects{}))
			wantErr(t, accept(account, invitation, email), idp.ErrLocked)
			if _, err := s.Invitation(t.Context(), account.ID); err != nil {
				t.Errorf("the refused acceptance consumed the invitation: %v", err)
			}
		})
	})
}
