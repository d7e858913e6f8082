package letter_test

import (
	"testing"
	"time"

	"sekisho/idp/letter"
)

// A9: a letter goes out on the next business day; past the cut-off the request counts for
// the day after.
func TestDue(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	c := letter.Calendar{Zone: tokyo, CutOff: "15:00", Closed: []string{"2026-11-23", "2027-01-01"}}
	for asked, want := range map[string]string{
		"2026-11-17T14:59:00+09:00": "2026-11-18", // Tuesday
		"2026-11-17T15:00:00+09:00": "2026-11-19",
		"2026-11-20T10:00:00+09:00": "2026-11-24", // Friday before a long weekend
		"2026-11-20T16:00:00+09:00": "2026-11-24",
		"2026-11-21T23:00:00+09:00": "2026-11-24",
		"2026-11-17T16:30:00Z":      "2026-11-19", // Wednesday, early morning in Japan
		"2026-12-31T14:00:00+09:00": "2027-01-04",
	} {
		at, err := time.Parse(time.RFC3339, asked)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Due(at); got != want {
			t.Errorf("asked %s: due %s, want %s", asked, got, want)
		}
	}
}
