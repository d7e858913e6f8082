package assurance_test

import (
	"testing"

	"sekisho/idp"
	"sekisho/idp/assurance"
)

// E7: what a type of account may not use is neither held, nor a bar, nor a proof.
func TestUse(t *testing.T) {
	all := assurance.Holdings{Known: true, Passkeys: 2, TrustedPasskeys: 1, HardwarePasskeys: 1, Password: true, TOTP: true, Email: true, CanEnrolPasskey: true, SuspendedPasskeys: 1, SuspendedTOTP: true}
	if got := assurance.Everything.Restrict(all); got != all {
		t.Errorf("E7: everything: %+v", got)
	}
	if got, want := (assurance.Use{}).Restrict(all), (assurance.Holdings{Known: true, Password: true}); got != want {
		t.Errorf("E7: nothing: %+v", got)
	}
	events := []idp.AuthenticationEvent{{Method: idp.MethodPassword}, {Method: idp.MethodTOTP}, {Method: idp.MethodPasskey}, {Method: idp.MethodEmailCode}, {Method: idp.MethodTransactionPassword}}
	for _, c := range []struct {
		use  assurance.Use
		want int
	}{{assurance.Everything, 5}, {assurance.Use{}, 2}, {assurance.Use{Passkey: true, EmailCode: true}, 4}} {
		if got := c.use.Admit(events); len(got) != c.want {
			t.Errorf("E7: %+v admits %d, want %d", c.use, len(got), c.want)
		}
	}
	if len(events) != 5 || events[1].Method != idp.MethodTOTP {
		t.Error("E7: the session itself was changed")
	}
}
