package loginui

import "testing"

// B14: registered data is written as people write it; masks and what is unusual stay whole.
func TestPersonalDataIsWrittenForPeople(t *testing.T) {
	for number, want := range map[string]string{
		"+819012345678": "090-1234-5678", "+81312345678": "03-1234-5678", "+81452345678": "045-234-5678",
		"+81120123456": "0120-123-456", "+818001234567": "0800-123-4567", "+8131234": "+8131234", "+8134567890123": "034567890123",
		"+14155552671": "+1 415 555 2671", "+447911123456": "+44 791 112 3456", "+35312345678": "+353 123 456 78",
		"••••5678": "••••5678", "0312345678": "0312345678", "+81 3 1234": "+81 3 1234", "": "",
	} {
		if got := dialled(number); got != want {
			t.Errorf("%q is shown as %q, want %q", number, got, want)
		}
	}
	for date, want := range map[string][2]string{
		"1960-04-01": {"1960年4月1日", "1 April 1960"}, "1960": {"1960", "1960"}, "0000-04-01": {"0000-04-01", "0000-04-01"},
		"••••-••-••": {"••••-••-••", "••••-••-••"}, "": {},
	} {
		if ja, en := birthday("ja", date), birthday("en", date); ja != want[0] || en != want[1] {
			t.Errorf("%q is shown as %q and %q", date, ja, en)
		}
	}
}
