package storage_test

import (
	"slices"
	"testing"

	"sekisho/idp"
	"sekisho/storage"
	"sekisho/storage/storagetest"
)

func TestFactorChoices(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		t.Run("B7 kept with the account and read with its session", func(t *testing.T) {
			account := createAccount(t, s)
			if account.Choices != nil || account.ChoicesVersion != 0 {
				t.Fatalf("a new account chose %+v", account.Choices)
			}
			want := idp.FactorChoices{"trade": {Factor: idp.FactorPasskey, Anew: true}, idp.SignInChoice: {Factor: idp.FactorTOTP}}
			must(t, s.SetFactorChoices(t.Context(), account.ID, 0, want, effects("factorchoice.tightened")))
			session := signIn(t, s, account.ID, "a")
			_, got, err := s.SessionByHash(t.Context(), session.Hash)
			must(t, err)
			if got.ChoicesVersion != 1 || len(got.Choices) != 2 || got.Choices["trade"] != want["trade"] {
				t.Errorf("%+v", got)
			}
			wantErr(t, s.SetFactorChoices(t.Context(), account.ID, 0, nil, idp.Effects{}), idp.ErrConflict)
			wantErr(t, s.SetFactorChoices(t.Context(), "unknown", 0, nil, idp.Effects{}), idp.ErrNotFound)
			must(t, s.SetAccountStatus(t.Context(), account.ID, idp.AccountActive, idp.Effects{}))
			if got, err = s.Account(t.Context(), account.ID); err != nil || len(got.Choices) != 2 {
				t.Errorf("another change took them away: %+v, %v", got, err)
			}
		})
		t.Run("B7 fifty changes of one version: one is made", func(t *testing.T) {
			account, other := createAccount(t, s), createAccount(t, s)
			tally(t, race(func(int) error {
				return s.SetFactorChoices(t.Context(), account.ID, 0, idp.FactorChoices{"trade": {Anew: true}}, effects("factorchoice.tightened"))
			}), 1, idp.ErrConflict)
			got, err := s.Account(t.Context(), other.ID)
			must(t, err)
			if len(got.Choices) != 0 || got.ChoicesVersion != 0 {
				t.Errorf("somebody else's: %+v", got)
			}
		})
	})
}

func TestOperationStops(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		stamp := func() int64 {
			stamps, err := s.ChangeStamps(t.Context())
			must(t, err)
			return stamps["operations"]
		}
		names := func() []string {
			stops, err := s.OperationStops(t.Context())
			must(t, err)
			out := []string{}
			for _, stop := range stops {
				out = append(out, stop.Operation)
			}
			return out
		}
		before, since := stamp(), start()
		t.Run("B17 fifty at once switch it off", func(t *testing.T) {
			tally(t, race(func(int) error {
				return s.StopOperation(t.Context(), idp.OperationStop{Operation: "withdrawal", Since: since, Reason: map[string]string{"ja": "停止中", "en": "Halted"}}, effects("operation.stopped"))
			}), contenders, nil)
			must(t, s.StopOperation(t.Context(), idp.OperationStop{Operation: "trade", Since: since}, idp.Effects{}))
			if got := names(); !slices.Equal(got, []string{"trade", "withdrawal"}) || stamp() <= before {
				t.Errorf("%v, stamp %d after %d", got, stamp(), before)
			}
		})
		t.Run("B17 again changes the reason, not the time", func(t *testing.T) {
			must(t, s.StopOperation(t.Context(), idp.OperationStop{Operation: "withdrawal", Since: since.Add(1e9), Reason: map[string]string{"ja": "点検"}}, idp.Effects{}))
			stops, err := s.OperationStops(t.Context())
			must(t, err)
			if got := stops[1]; got.Reason["ja"] != "点検" || got.Reason["en"] != "" || !got.Since.Equal(since) {
				t.Errorf("%+v", got)
			}
		})
		t.Run("B17 fifty at once resume it", func(t *testing.T) {
			at := stamp()
			tally(t, race(func(int) error {
				return s.ResumeOperation(t.Context(), "withdrawal", effects("operation.resumed"))
			}), 1, idp.ErrNotFound)
			if got := names(); !slices.Equal(got, []string{"trade"}) || stamp() != at+1 {
				t.Errorf("%v, stamp %d after %d", got, stamp(), at)
			}
		})
	})
}
