package storage_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

// receiver registers a client that takes logout tokens.
func receiver(t testing.TB, s *storage.Store, id string) {
	t.Helper()
	must(t, s.CreateClient(t.Context(), &idp.Client{ID: id, Metadata: idp.ClientMetadata{BackChannelLogoutURI: "https://" + id + ".example/out"}}, idp.Effects{}))
}

// grantTo finishes an authorization of the client in the session.
func grantTo(t testing.TB, s *storage.Store, session idp.Session, client string, offline bool) idp.Grant {
	t.Helper()
	issue := authorization(t, s, session)
	issue.Grant.ClientID, issue.Grant.Offline, issue.Code.ClientID = client, offline, client
	must(t, s.IssueCode(t.Context(), issue))
	return issue.Grant
}

func lease(t testing.TB, s *storage.Store, at time.Time) []idp.LogoutDelivery {
	t.Helper()
	leased, err := s.LeaseLogouts(t.Context(), 1000, 1000, at, time.Minute)
	must(t, err)
	return leased
}

// settleAll takes everything that is due and says which client is told about which session.
func settleAll(t testing.TB, s *storage.Store) []string {
	t.Helper()
	var told []string
	for _, d := range lease(t, s, start().Add(time.Second)) {
		told = append(told, d.ClientID+" "+d.SID+" "+d.Reason)
		must(t, s.LogoutSettled(t.Context(), d.ID, idp.Effects{}))
	}
	slices.Sort(told)
	return told
}

// LO-05: whatever ends a session queues, with it, one delivery per client that was given
// anything in it.
func TestLogoutDeliveriesFollowTheSession(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		for _, id := range []string{"web", "app", "quiet"} {
			receiver(t, s, id)
		}
		must(t, s.CreateClient(ctx, &idp.Client{ID: "deaf"}, idp.Effects{}))
		must(t, s.CreateClient(ctx, &idp.Client{ID: "off", Disabled: true, Metadata: idp.ClientMetadata{BackChannelLogoutURI: "https://off.example/out"}}, idp.Effects{}))
		prepare := func(t *testing.T) (idp.Account, idp.Session) {
			account := createAccount(t, s)
			session := signIn(t, s, account.ID, "cred-"+account.ID)
			for _, client := range []string{"web", "web", "app", "deaf", "off"} {
				grantTo(t, s, session, client, client == "app")
			}
			return account, session
		}
		both := func(session idp.Session, reason string) []string {
			return []string{"app " + session.SID + " " + reason, "web " + session.SID + " " + reason}
		}
		ends := map[string]func(idp.Account, idp.Session) error{
			"logout": func(a idp.Account, x idp.Session) error {
				return s.EndSession(ctx, a.ID, x.ID, "logout", start(), idp.Effects{})
			},
			"everywhere": func(a idp.Account, _ idp.Session) error {
				_, err := s.EndSessions(ctx, a.ID, "", "everywhere", start(), idp.Effects{})
				return err
			},
			"account_locked": func(a idp.Account, _ idp.Session) error {
				return s.SetAccountStatus(ctx, a.ID, idp.AccountLocked, idp.Effects{})
			},
		}
		for reason, end := range ends {
			t.Run("LO-05 "+reason, func(t *testing.T) {
				account, session := prepare(t)
				must(t, end(account, session))
				if got, want := settleAll(t, s), both(session, reason); !slices.Equal(got, want) {
					t.Errorf("told %v, want %v", got, want)
				}
				_ = end(account, session)
				if again := settleAll(t, s); len(again) != 0 {
					t.Errorf("told twice: %v", again)
				}
			})
		}
		t.Run("LO-05 fifty logouts at once tell each client once", func(t *testing.T) {
			account, session := prepare(t)
			tally(t, race(func(int) error {
				return s.EndSession(ctx, account.ID, session.ID, "logout", start(), idp.Effects{})
			}), contenders, nil)
			if got := settleAll(t, s); len(got) != 2 {
				t.Errorf("told %v", got)
			}
		})
		t.Run("LO-05 a logout that fails tells nobody", func(t *testing.T) {
			account, session := prepare(t)
			bad := effects("half")
			must(t, s.AddOutbox(ctx, bad.Outbox)) // the same message id cannot be queued twice
			if err := s.EndSession(ctx, account.ID, session.ID, "logout", start(), bad); err == nil {
				t.Fatal("the effects were written twice")
			}
			if got := settleAll(t, s); len(got) != 0 || !sessionLive(t, s, session) {
				t.Errorf("told %v of a session that goes on", got)
			}
		})
		t.Run("CN-02 a withdrawn consent is told, and not again at the end of the session", func(t *testing.T) {
			account, session := prepare(t)
			must(t, s.RevokeConsent(ctx, account.ID, "web", start(), idp.Effects{}))
			if got, want := settleAll(t, s), []string{"web " + session.SID + " consent_revoked"}; !slices.Equal(got, want) {
				t.Errorf("told %v, want %v", got, want)
			}
			must(t, s.EndSession(ctx, account.ID, session.ID, "logout", start(), idp.Effects{}))
			if got, want := settleAll(t, s), both(session, "logout")[:1]; !slices.Equal(got, want) {
				t.Errorf("told %v, want %v", got, want)
			}
			must(t, s.RevokeConsent(ctx, account.ID, "app", start(), idp.Effects{})) // its offline grant outlived the session
			if got, want := settleAll(t, s), []string{"app " + session.SID + " consent_revoked"}; !slices.Equal(got, want) {
				t.Errorf("told %v, want %v", got, want)
			}
		})
		t.Run("the clients of a session", func(t *testing.T) {
			_, session := prepare(t)
			clients, err := s.SessionClients(ctx, session.ID)
			if want := []string{"app", "deaf", "off", "web"}; err != nil || !slices.Equal(clients, want) {
				t.Errorf("%v, %v; want %v", clients, err, want)
			}
		})
	})
}

// LO-06: deliveries are leased, put off, and come back after a worker died.
func TestLogoutDeliveries(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		account := createAccount(t, s)
		sessions := func(client string, n int) {
			receiver(t, s, client)
			for range n {
				session := signIn(t, s, account.ID, "cred")
				grantTo(t, s, session, client, false)
			}
		}
		end := func() {
			_, err := s.EndSessions(ctx, account.ID, "", "everywhere", start(), idp.Effects{})
			must(t, err)
		}
		t.Run("leased, put off, come back, settled", func(t *testing.T) {
			sessions("one", 1)
			end()
			now := start().Add(time.Second)
			got := lease(t, s, now)
			if len(got) != 1 || got[0].ClientID != "one" || got[0].AccountID != account.ID || got[0].Attempts != 1 || got[0].Reason != "everywhere" {
				t.Fatalf("leased %+v", got)
			}
			if again := lease(t, s, now.Add(59*time.Second)); len(again) != 0 {
				t.Errorf("leased twice: %+v", again)
			}
			if died := lease(t, s, now.Add(time.Minute)); len(died) != 1 || died[0].Attempts != 2 {
				t.Errorf("after a worker died: %+v", died)
			}
			must(t, s.LogoutPutOff(ctx, got[0].ID, now.Add(time.Hour), "timeout"))
			if early := lease(t, s, now.Add(59*time.Minute)); len(early) != 0 {
				t.Errorf("leased before its time: %+v", early)
			}
			if late := lease(t, s, now.Add(time.Hour)); len(late) != 1 || late[0].LastError != "timeout" {
				t.Errorf("leased %+v", late)
			}
			if n, oldest, err := s.LogoutsPending(ctx); err != nil || n != 1 || !oldest.Equal(got[0].CreatedAt) {
				t.Errorf("%d pending since %v, %v", n, oldest, err)
			}
			for range 2 {
				must(t, s.LogoutSettled(ctx, got[0].ID, effects("settled")))
			}
			if n := rows(t, s, "audit_records", "event = 'settled'"); n != 1 {
				t.Errorf("recorded %d times", n)
			}
			if n, oldest, err := s.LogoutsPending(ctx); err != nil || n != 0 || !oldest.IsZero() {
				t.Errorf("%d pending since %v, %v", n, oldest, err)
			}
		})
		t.Run("LO-06 one client holds only its share of the leases", func(t *testing.T) {
			sessions("dead", 9)
			sessions("lively", 2)
			end()
			now := start().Add(time.Second)
			per := map[string]int{}
			for range 4 {
				leased, err := s.LeaseLogouts(ctx, 5, 3, now, time.Minute)
				must(t, err)
				for _, d := range leased {
					per[d.ClientID]++
				}
			}
			if per["dead"] != 3 || per["lively"] != 2 {
				t.Errorf("under lease: %v", per)
			}
			must(t, s.Tamper(ctx, "DELETE FROM logout_deliveries"))
		})
		t.Run("IN-12 fifty workers lease every delivery once", func(t *testing.T) {
			sessions("many", 100)
			end()
			now := start().Add(time.Second)
			var mu sync.Mutex
			seen := map[string]int{}
			tally(t, race(func(int) error {
				leased, err := s.LeaseLogouts(ctx, 7, 1000, now, time.Minute)
				mu.Lock()
				defer mu.Unlock()
				for _, d := range leased {
					seen[d.ID]++
				}
				return err
			}), contenders, nil)
			for _, d := range lease(t, s, now) {
				seen[d.ID]++
			}
			for id, n := range seen {
				if n != 1 {
					t.Errorf("%s was leased %d times", id, n)
				}
			}
			if len(seen) != 100 {
				t.Errorf("%d of 100 were leased", len(seen))
			}
		})
		t.Run("LO-06 fifty workers together stay within a client's share", func(t *testing.T) {
			must(t, s.Tamper(ctx, "UPDATE logout_deliveries SET leased_until = 0"))
			now := start().Add(time.Second)
			var mu sync.Mutex
			n := 0
			tally(t, race(func(int) error {
				leased, err := s.LeaseLogouts(ctx, 2, 4, now, time.Minute)
				mu.Lock()
				defer mu.Unlock()
				n += len(leased)
				return err
			}), contenders, nil)
			if n > 4 || n == 0 {
				t.Errorf("%d under lease at once", n)
			}
		})
	})
}
