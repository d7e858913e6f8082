package provider_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/storage"
)

// What registration may ask of the database: a refusal one look, a registration one
// transaction and the poll that tells this node. Pairwise subjects cost nothing.
func TestRegistrationStatements(t *testing.T) {
	r, _ := registering(t, func(c *config.Registration) { c.Policy = config.RegistrationToken })
	body, err := json.Marshal(minimal())
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, path, token, body string) (*httptest.ResponseRecorder, *storage.Counter) {
		ctx, counter := storage.WithStatementCounter(context.Background())
		q := httptest.NewRequestWithContext(ctx, method, r.URL+path, strings.NewReader(body))
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, q)
		return w, counter
	}
	within := func(name string, w *httptest.ResponseRecorder, counter *storage.Counter, status, most int) {
		t.Helper()
		if w.Code != status || counter.Count() > most {
			t.Errorf("%s: %d, %d statements, at most %d:\n%s", name, w.Code, counter.Count(), most, strings.Join(counter.Statements(), "\n"))
		}
	}
	w, counter := send(http.MethodPost, "/register", idp.NewSecret(), string(body))
	within("refused", w, counter, http.StatusUnauthorized, 1)
	w, counter = send(http.MethodPost, "/register", r.initialToken(nil), string(body))
	within("registered", w, counter, http.StatusCreated, 7)
	var told map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	token, path := told["registration_access_token"].(string), "/register/"+told["client_id"].(string)
	w, counter = send(http.MethodGet, path, token, "")
	within("read", w, counter, http.StatusOK, 1)
	w, counter = send(http.MethodDelete, path, token, "")
	within("deleted", w, counter, http.StatusNoContent, 8)
}
