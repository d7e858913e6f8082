package signin

import "testing"

// Where the two addresses cannot be compared the customer is told that the device is elsewhere.
func TestSameNetwork(t *testing.T) {
	for _, c := range []struct {
		device, browser string
		same            bool
	}{
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.7", "::ffff:192.0.2.7", true},
		{"192.0.2.7", "192.0.2.8", false},
		{"2001:db8:0:1::5", "2001:db8:0:1:ffff::9", true},
		{"2001:db8:0:1::5", "2001:db8:0:2::5", false},
		{"192.0.2.7", "2001:db8:0:1::5", false},
		{"", "192.0.2.7", false},
		{"192.0.2.7", "", false},
		{"", "", false},
	} {
		if got := sameNetwork(c.device, c.browser); got != c.same {
			t.Errorf("%q and %q: %v", c.device, c.browser, got)
		}
	}
}
