package audit_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"sekisho/idp/audit"
)

// LG-02: the kinds of events the trail must be able to tell of.
func TestLG02EveryRequiredEventHasAName(t *testing.T) {
	required := map[string][]string{
		"login ok and fail": {audit.SignInSucceeded, audit.SignInFailed},
		"step-up":           {audit.StepUpSucceeded, audit.StepUpFailed},
		"factor add/remove": {audit.PasskeyAdded, audit.PasskeyRemoved, audit.TOTPEnrolled, audit.TOTPRemoved, audit.PasswordChanged},
		"lockout":           {audit.PasswordLocked, audit.SignInLocked, audit.AccountLocked},
		"consent":           {audit.ConsentGiven, audit.ConsentRevoked},
		"token":             {audit.TokenIssued, audit.TokenRefreshed, audit.RefreshReused, audit.TokenRevoked},
		"replay":            {audit.CodeReplayed, audit.AssertionReplayed, audit.ProofReplayed, audit.TOTPReplayed},
		"admin change":      {audit.ClientCreated, audit.ClientUpdated, audit.ClientDeleted},
		"key rotation":      {audit.KeyAdded, audit.KeySigning, audit.KeyRetired},
		"authz denied":      {audit.AuthzDenied},
	}
	for what, names := range required {
		for _, n := range names {
			if !audit.Known(n) {
				t.Errorf("%s: %q is not on the list", what, n)
			}
		}
	}
	shape := regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
	seen := map[string]bool{}
	for _, e := range audit.Events() {
		if !shape.MatchString(e.Name) || e.Says == "" || seen[e.Name] {
			t.Errorf("event %q: badly shaped, undocumented or listed twice", e.Name)
		}
		seen[e.Name] = true
	}
	if audit.Known("signin.won") {
		t.Error("the list is not closed")
	}
}

// Every constant is on the list: one that is not would be logged as a programming error.
func TestNoConstantIsMissing(t *testing.T) {
	source, err := os.ReadFile("events.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ += "([a-z]+\.[a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
		if !audit.Known(m[1]) {
			t.Errorf("%s has a constant and no documentation", m[1])
		}
	}
}

// LG-07: the inventory in LOG.md names every event, says the retention of every stream and
// says truthfully which way each event takes.
func TestLG07InventoryIsComplete(t *testing.T) {
	b, err := os.ReadFile("LOG.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	for _, e := range audit.Events() {
		tx := ""
		if e.InTransaction {
			tx = "tx"
		}
		if row := fmt.Sprintf("| `%s` | %s | %s |", e.Name, e.Says, tx); !strings.Contains(doc, row) {
			t.Errorf("LOG.md lacks the row %s", row)
		}
	}
	if got, want := strings.Count(doc, "\n| `"), len(audit.Events()); got != want {
		t.Errorf("LOG.md lists %d events, the code %d", got, want)
	}
	for _, stream := range []string{"audit table", "audit stream", "application log", "13 months", "30 days"} {
		if !strings.Contains(doc, stream) {
			t.Errorf("LOG.md says nothing of %q", stream)
		}
	}
}
