package assurance

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
)

const me = "account-1"

var noon = time.Date(2026, 4, 1, 3, 0, 0, 0, time.UTC)

// event is one of me's, minutes after noon.
func event(ceremony string, m idp.Method, minute int) idp.AuthenticationEvent {
	return idp.AuthenticationEvent{ID: string(m), AccountID: me, CeremonyID: ceremony, Method: m, At: at(minute)}
}

func passkey(ceremony string, minute int, change ...func(*idp.AuthenticationEvent)) idp.AuthenticationEvent {
	e := event(ceremony, idp.MethodPasskey, minute)
	e.CredentialID, e.UserVerified = "passkey-1", true
	for _, c := range change {
		c(&e)
	}
	return e
}

func at(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }

func synced(e *idp.AuthenticationEvent)   { e.BackupEligible, e.BackupState = true, true }
func attested(e *idp.AuthenticationEvent) { e.HardwareAttested = true }
func absent(e *idp.AuthenticationEvent)   { e.UserVerified = false }

func trustedFrom(minute int) func(*idp.AuthenticationEvent) {
	return func(e *idp.AuthenticationEvent) { e.TrustedFrom = at(minute) }
}

func both(ceremony string, second idp.Method, minute int) []idp.AuthenticationEvent {
	return []idp.AuthenticationEvent{event(ceremony, idp.MethodPassword, minute-1), event(ceremony, second, minute)}
}

func TestAchieve(t *testing.T) {
	stranger := event("a", idp.MethodTOTP, 1)
	stranger.AccountID = "account-2"
	var (
		pwd   = event("a", idp.MethodPassword, 0)
		otp   = event("a", idp.MethodTOTP, 1)
		code  = event("a", idp.MethodEmailCode, 1)
		mfa   = []string{"pwd", "otp", "mfa"}
		email = []string{"pwd", "mca"}
		soft  = []string{"pop", "user", "mfa", "swk"}
		bound = []string{"pop", "user", "mfa", "hwk"}
		hard  = []string{"hwk", "pop", "user", "mfa"}
	)
	type events = []idp.AuthenticationEvent
	for name, c := range map[string]struct {
		events events
		want   []Achieved
	}{
		"nothing":                            {},
		"SE-13 SU-04 password alone":         {events: events{pwd}},
		"SE-13 TOTP alone":                   {events: events{otp}},
		"SE-13 mail code alone":              {events: events{code}},
		"SE-13 two second factors":           {events: events{otp, code}},
		"SE-13 password twice":               {events: events{pwd, pwd}},
		"ID-03 OT-10 password and mail code": {events{pwd, code}, []Achieved{{"a", Email, email, at(1), time.Time{}}}},
		"ID-03 password and TOTP":            {events{pwd, otp}, []Achieved{{"a", MFA, mfa, at(1), time.Time{}}}},
		"TOTP before password":               {events{otp, event("a", idp.MethodPassword, 2)}, []Achieved{{"a", MFA, mfa, at(2), time.Time{}}}},
		"OT-10 mail code adds nothing to TOTP": {
			events{pwd, otp, event("a", idp.MethodEmailCode, 2)}, []Achieved{{"a", MFA, mfa, at(1), time.Time{}}}},
		"password that served the mail code serves TOTP too": {
			events{pwd, code, event("a", idp.MethodTOTP, 5)}, []Achieved{{"a", MFA, mfa, at(5), time.Time{}}}},
		"SU-05 one factor repeated refreshes nothing": {
			events{pwd, otp, event("a", idp.MethodTOTP, 9)}, []Achieved{{"a", MFA, mfa, at(1), time.Time{}}}},
		"both factors repeated refresh": {
			append(events{pwd, otp}, both("a", idp.MethodTOTP, 9)...), []Achieved{{"a", MFA, mfa, at(9), time.Time{}}}},
		"ID-03 SU-09 synced passkey":       {events{passkey("a", 1, synced)}, []Achieved{{"a", PhishingResistant, soft, at(1), time.Time{}}}},
		"ID-03 SU-09 bound passkey":        {events{passkey("a", 1)}, []Achieved{{"a", PhishingResistant, bound, at(1), time.Time{}}}},
		"ID-03 SU-09 attested passkey":     {events{passkey("a", 1, attested)}, []Achieved{{"a", PhishingResistantHardware, hard, at(1), time.Time{}}}},
		"SU-09 attested but can be copied": {events{passkey("a", 1, attested, synced)}, []Achieved{{"a", PhishingResistant, soft, at(1), time.Time{}}}},
		"SU-04 passkey without UV":         {events: events{passkey("a", 1, absent), passkey("a", 2, absent, attested)}},
		"SU-04 passkey without UV is no second factor": {
			events: events{pwd, passkey("a", 1, absent)}},
		"passkey backed up though it cannot be": {
			events: events{passkey("a", 1, func(e *idp.AuthenticationEvent) { e.BackupState = true })}},
		"ID-03 SE-13 a password beside the passkey is not in its amr": {
			append(both("a", idp.MethodTOTP, 1), passkey("a", 2, synced)), []Achieved{{"a", PhishingResistant, soft, at(2), time.Time{}}}},
		"the stronger stays though the weaker is newer": {
			append(events{passkey("a", -9)}, both("a", idp.MethodEmailCode, 2)...), []Achieved{{"a", PhishingResistant, bound, at(-9), time.Time{}}}},
		"SE-13 factors of two ceremonies":     {events: events{pwd, event("b", idp.MethodTOTP, 1)}},
		"SE-13 factor of another account":     {events: events{pwd, stranger}},
		"SE-13 no ceremony":                   {events: both("", idp.MethodTOTP, 1)},
		"no time":                             {events: events{passkey("a", 1, func(e *idp.AuthenticationEvent) { e.At = time.Time{} })}},
		"unknown method":                      {events: events{pwd, event("a", "sms", 1)}},
		"cooling off is carried":              {events{passkey("a", 1, trustedFrom(60))}, []Achieved{{"a", PhishingResistant, bound, at(1), at(60)}}},
		"SE-13 ID-03 each ceremony by itself": {append(both("a", idp.MethodEmailCode, 1), passkey("b", 5)), []Achieved{{"b", PhishingResistant, bound, at(5), time.Time{}}, {"a", Email, email, at(1), time.Time{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Achieve(me, c.events); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %v\nwant %v", got, c.want)
			}
			slices.Reverse(c.events)
			if got := Achieve(me, c.events); !reflect.DeepEqual(got, c.want) {
				t.Errorf("in another order: got %v", got)
			}
		})
	}
	if got := Achieve("", []idp.AuthenticationEvent{{CeremonyID: "a", Method: idp.MethodPasskey, UserVerified: true, At: noon}}); got != nil {
		t.Errorf("no account achieved %v", got)
	}
}

// SU-09: published, ordered, and read back as they were written.
func TestACRValues(t *testing.T) {
	want := []string{"urn:sekisho:acr:email", "urn:sekisho:acr:mfa", "phr", "phrh"}
	if got := ACRValues(); !slices.Equal(got, want) {
		t.Fatalf("ACRValues() = %v, want %v", got, want)
	}
	ACRValues()[0] = "phrh"
	for i, acr := range want {
		if l, ok := ParseACR(acr); !ok || l != Level(i+1) || l.ACR() != acr {
			t.Errorf("%s: level %d, ok %v, back as %q", acr, l, ok, l.ACR())
		}
	}
	for _, acr := range []string{"", "0", "PHR", "urn:sekisho:acr:", OperationPrefix + "trade"} {
		if l, ok := ParseACR(acr); ok || l != None {
			t.Errorf("%q is level %d", acr, l)
		}
	}
	for _, l := range []Level{-1, None, 5} {
		if l.ACR() != "" {
			t.Errorf("level %d has acr %q", l, l.ACR())
		}
	}
}

func TestTrustedFrom(t *testing.T) {
	p := Policy{CoolingOff: time.Hour, ImmediateFrom: MFA}
	check := func(name string, got, want time.Time) {
		t.Helper()
		if !got.Equal(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	check("added weakly", p.TrustedFrom(noon, Email), at(60))
	check("added with MFA", p.TrustedFrom(noon, MFA), time.Time{})
	check("added with a passkey", p.TrustedFrom(noon, PhishingResistant), time.Time{})
	check("no cooling-off", Policy{}.TrustedFrom(noon, None), time.Time{})
	check("never immediate", Policy{CoolingOff: time.Hour}.TrustedFrom(noon, PhishingResistantHardware), at(60))
	check("by a trusted proof", p.TrustedFromProof(noon, Achieved{Level: PhishingResistant}), time.Time{})
	check("by a proof whose cooling-off is over", p.TrustedFromProof(noon, Achieved{Level: MFA, TrustedFrom: noon}), time.Time{})
	check("by a proof cooling off", p.TrustedFromProof(noon, Achieved{Level: PhishingResistant, TrustedFrom: at(5)}), at(60))
	check("by a proof cooling off for longer", p.TrustedFromProof(noon, Achieved{Level: PhishingResistant, TrustedFrom: at(90)}), at(90))
}
