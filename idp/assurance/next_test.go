package assurance

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"sekisho/idp"
)

func seconds(n int) *time.Duration { d := time.Duration(n) * time.Second; return &d }

func firm() Policy {
	return Policy{
		SignIn: OperationPolicy{MaxAge: 8 * time.Hour},
		Operations: map[string]OperationPolicy{
			"trade":      {MaxAge: 15 * time.Minute},
			"withdrawal": {Level: PhishingResistant, Once: true, TrustedPasskey: true},
			"deposit":    {Level: PhishingResistant, From: at(1), Before: &OperationPolicy{Level: MFA}},
			"payout":     {Deny: true, From: at(60), DenyReason: map[string]string{"en": "stopped"}},
			"undated":    {Level: MFA, From: at(60)},
			"unopened":   {From: at(1), Before: &OperationPolicy{Deny: true}},
		},
		CoolingOff: time.Hour, ImmediateFrom: MFA, PasswordAllowed: true, EmailCodeAllowed: true,
	}
}

var (
	fullHouse = Holdings{Known: true, Passkeys: 1, TrustedPasskeys: 1, Password: true, TOTP: true, Email: true, CanEnrolPasskey: true}
	modest    = Holdings{Known: true, Password: true, Email: true, CanEnrolPasskey: true}
	passkeyed = []idp.AuthenticationEvent{passkey("old", -10)}
	mailed    = both("old", idp.MethodEmailCode, -10)
)

func op(name string) string { return OperationPrefix + name }

func TestSatisfied(t *testing.T) {
	for name, c := range map[string]struct {
		asked  Asked
		events []idp.AuthenticationEvent
		now    int
		acr    string // "" for not satisfied
		reason string
	}{
		"nothing asked, nothing proved":                {reason: "login"},
		"nothing asked":                                {events: mailed, acr: "urn:sekisho:acr:email"},
		"nothing asked, session beyond sign-in's age":  {events: mailed, now: 8*60 - 9, reason: "max_age"},
		"SU-02 level asked":                            {asked: Asked{ACRValues: []string{"phr"}}, events: passkeyed, acr: "phr"},
		"SU-02 SU-01 weaker than asked":                {asked: Asked{ACRValues: []string{"phr"}, Essential: true}, events: mailed, reason: "level"},
		"SU-02 stronger than asked keeps the ask":      {asked: Asked{ACRValues: []string{"urn:sekisho:acr:mfa"}}, events: passkeyed, acr: "urn:sekisho:acr:mfa"},
		"SU-01 first satisfied alternative":            {asked: Asked{ACRValues: []string{"phrh", "phr", "urn:sekisho:acr:email"}, Essential: true}, events: passkeyed, acr: "phr"},
		"unknown values are ignored":                   {asked: Asked{ACRValues: []string{"silver", op("")}}, events: mailed, acr: "urn:sekisho:acr:email"},
		"unknown value beside a known":                 {asked: Asked{ACRValues: []string{"silver", "phr"}}, events: mailed, reason: "level"},
		"operation":                                    {asked: Asked{ACRValues: []string{op("trade")}}, events: mailed, acr: op("trade")},
		"SU-05 operation, too old":                     {asked: Asked{ACRValues: []string{op("trade")}}, events: mailed, now: 6, reason: "max_age"},
		"SU-05 operation, just young enough":           {asked: Asked{ACRValues: []string{op("trade")}}, events: mailed, now: 5, acr: op("trade")},
		"level asked is bound by sign-in's age":        {asked: Asked{ACRValues: []string{"phr"}}, events: passkeyed, now: 9 * 60, reason: "max_age"},
		"SU-05 once, other ceremony":                   {asked: Asked{ACRValues: []string{op("withdrawal")}, CeremonyID: "new"}, events: passkeyed, reason: "operation_once"},
		"SU-05 once, no ceremony named":                {asked: Asked{ACRValues: []string{op("withdrawal")}}, events: passkeyed, reason: "operation_once"},
		"once, this ceremony":                          {asked: Asked{ACRValues: []string{op("withdrawal")}, CeremonyID: "old"}, events: passkeyed, acr: op("withdrawal")},
		"cooling passkey does not count":               {asked: Asked{ACRValues: []string{op("withdrawal")}, CeremonyID: "new"}, events: []idp.AuthenticationEvent{passkey("new", -1, trustedFrom(1))}, reason: "cooling_off"},
		"cooling-off over":                             {asked: Asked{ACRValues: []string{op("withdrawal")}, CeremonyID: "new"}, events: []idp.AuthenticationEvent{passkey("new", -1, trustedFrom(0))}, acr: op("withdrawal")},
		"cooling passkey counts where trust is unsaid": {asked: Asked{ACRValues: []string{"phr"}}, events: []idp.AuthenticationEvent{passkey("new", -1, trustedFrom(1))}, acr: "phr"},
		"before the date":                              {asked: Asked{ACRValues: []string{op("deposit")}}, events: both("old", idp.MethodTOTP, -1), acr: op("deposit")},
		"before the date, weaker still":                {asked: Asked{ACRValues: []string{op("deposit")}}, events: mailed, reason: "level"},
		"on the date":                                  {asked: Asked{ACRValues: []string{op("deposit")}}, events: both("old", idp.MethodTOTP, -1), now: 1, reason: "level"},
		"a date without a before holds at once":        {asked: Asked{ACRValues: []string{op("undated")}}, events: mailed, reason: "level"},
		"opened on its date":                           {asked: Asked{ACRValues: []string{op("unopened")}}, events: mailed, now: 1, acr: op("unopened")},
		"SU-05 max_age met":                            {asked: Asked{MaxAge: seconds(600)}, events: mailed, acr: "urn:sekisho:acr:email"},
		"SU-05 max_age missed":                         {asked: Asked{MaxAge: seconds(599)}, events: mailed, reason: "max_age"},
		"SU-05 max_age looks at the level used": {
			asked: Asked{ACRValues: []string{"phr"}, MaxAge: seconds(300)}, events: append(both("new", idp.MethodTOTP, -1), passkeyed...), reason: "max_age"},
		"max_age=0, session only":                     {asked: Asked{MaxAge: seconds(0), Since: at(-9)}, events: mailed, reason: "max_age"},
		"max_age=0, answered":                         {asked: Asked{MaxAge: seconds(0), Since: at(-11)}, events: mailed, acr: "urn:sekisho:acr:email"},
		"max_age=1, answered a moment ago":            {asked: Asked{MaxAge: seconds(1), Since: at(-2)}, events: both("new", idp.MethodTOTP, -1), acr: "urn:sekisho:acr:mfa"},
		"SU-05 max_age=1, answered long ago":          {asked: Asked{MaxAge: seconds(1), Since: at(-20)}, events: mailed, reason: "max_age"},
		"negative max_age is like 0":                  {asked: Asked{MaxAge: seconds(-1), Since: at(-9)}, events: mailed, reason: "max_age"},
		"login forced, session only":                  {asked: Asked{ForceLogin: true, Since: at(-9)}, events: mailed, reason: "login"},
		"login forced, within the clocks' difference": {asked: Asked{ForceLogin: true, Since: at(-10)}, events: mailed, reason: "login"},
		"login forced, answered":                      {asked: Asked{ForceLogin: true, Since: at(-11)}, events: mailed, acr: "urn:sekisho:acr:email"},
		"login forced, no start known":                {asked: Asked{ForceLogin: true, CeremonyID: "new"}, events: mailed, reason: "login"},
		"login forced, no start known, answered":      {asked: Asked{ForceLogin: true, CeremonyID: "old"}, events: mailed, acr: "urn:sekisho:acr:email"},
		"SU-04 proof from the future":                 {events: mailed, now: -12, reason: "login"},
		"second factor from the future":               {events: append(mailed[:1:1], event("old", idp.MethodEmailCode, 20)), reason: "login"},
		"SE-13 stranger's proof":                      {events: strangers(passkeyed), reason: "login"},
		"SE-13 a stranger's TOTP beside our code":     {asked: Asked{ACRValues: []string{"urn:sekisho:acr:mfa"}}, events: append(strangers(both("old", idp.MethodTOTP, -9)), mailed...), reason: "level"},
		"SE-13 TOTP of a later ceremony beside it":    {asked: Asked{ACRValues: []string{"urn:sekisho:acr:mfa"}}, events: append(mailed[:2:2], event("new", idp.MethodTOTP, -1)), reason: "level"},
	} {
		t.Run(name, func(t *testing.T) {
			got := firm().Next(c.asked, me, c.events, fullHouse, at(c.now))
			if c.acr == "" {
				if got.Kind != Authenticate || got.Reason != c.reason {
					t.Errorf("got %+v, want to authenticate for %q", got, c.reason)
				}
				return
			}
			if got.Kind != Satisfied || got.ACR != c.acr || got.Reason != "" {
				t.Errorf("got %+v, want %s", got, c.acr)
			}
		})
	}
}

func strangers(events []idp.AuthenticationEvent) []idp.AuthenticationEvent {
	out := slices.Clone(events)
	for i := range out {
		out[i].AccountID = "account-2"
	}
	return out
}

// ID-03 ID-04 SE-13: everything in the outcome is of one ceremony, the newest that will do.
func TestSatisfiedSpeaksOfOneCeremony(t *testing.T) {
	events := slices.Concat([]idp.AuthenticationEvent{passkey("p1", -30, synced), passkey("p2", -20)}, both("m", idp.MethodTOTP, -10), both("e", idp.MethodEmailCode, -5))
	for acr, want := range map[string]Outcome{
		"":                    {ACR: "urn:sekisho:acr:email", Level: Email, AMR: []string{"pwd", "mca"}, AuthTime: at(-5), CeremonyID: "e"},
		"urn:sekisho:acr:mfa": {ACR: "urn:sekisho:acr:mfa", Level: MFA, AMR: []string{"pwd", "otp", "mfa"}, AuthTime: at(-10), CeremonyID: "m"},
		"phr":                 {ACR: "phr", Level: PhishingResistant, AMR: []string{"pop", "user", "mfa", "hwk"}, AuthTime: at(-20), CeremonyID: "p2"},
		op("trade"):           {ACR: op("trade"), Operation: "trade", Level: Email, AMR: []string{"pwd", "mca"}, AuthTime: at(-5), CeremonyID: "e"},
	} {
		want.Kind = Satisfied
		if got := firm().Next(Asked{ACRValues: []string{acr}}, me, events, Holdings{}, noon); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v\nwant %+v", acr, got, want)
		}
	}
}

func TestOfferings(t *testing.T) {
	passkeyFirst := []idp.Method{idp.MethodPasskey, idp.MethodPassword}
	onlyPasskey := []idp.Method{idp.MethodPasskey}
	onlyPassword := []idp.Method{idp.MethodPassword}
	twoSeconds := []idp.Method{idp.MethodTOTP, idp.MethodEmailCode}
	cooling := Holdings{Known: true, Passkeys: 2, Password: true, TOTP: true, EarliestTrust: at(30), CanEnrolPasskey: true}
	hardware := Holdings{Known: true, Passkeys: 2, TrustedPasskeys: 2, HardwarePasskeys: 1}
	noMail, noPassword := firm(), firm()
	noMail.EmailCodeAllowed = false
	noPassword.PasswordAllowed = false
	for name, c := range map[string]struct {
		policy *Policy
		acr    []string
		events []idp.AuthenticationEvent
		h      Holdings
		want   Outcome
	}{
		"nobody known":                          {want: Outcome{Kind: Authenticate, Reason: "login", Methods: passkeyFirst, SecondFactors: twoSeconds}},
		"nobody known, phr asked":               {acr: []string{"phr"}, want: Outcome{Kind: Authenticate, Reason: "login", Methods: passkeyFirst, SecondFactors: twoSeconds}},
		"nobody known, firm without passwords":  {policy: &noPassword, want: Outcome{Kind: Authenticate, Reason: "login", Methods: onlyPasskey}},
		"nobody known, firm without mail codes": {policy: &noMail, want: Outcome{Kind: Authenticate, Reason: "login", Methods: passkeyFirst, SecondFactors: twoSeconds[:1]}},
		"passkey only will do":                  {acr: []string{"phr"}, events: mailed, h: fullHouse, want: Outcome{Kind: Authenticate, Reason: "level", Methods: onlyPasskey}},
		"TOTP will do, a mail code will not":    {acr: []string{"urn:sekisho:acr:mfa"}, events: mailed, h: fullHouse, want: Outcome{Kind: Authenticate, Reason: "level", Methods: passkeyFirst, SecondFactors: twoSeconds[:1]}},
		"alternatives add up":                   {acr: []string{"phrh", "urn:sekisho:acr:mfa", "phr"}, events: mailed, h: fullHouse, want: Outcome{Kind: Authenticate, Reason: "level", Methods: passkeyFirst, SecondFactors: twoSeconds[:1]}},
		"SU-01 no passkey to reach phr":         {acr: []string{"phr"}, events: mailed, h: modest, want: Outcome{Kind: EnrolPasskey, Reason: "no_passkey"}},
		"no passkey, operation":                 {acr: []string{op("withdrawal")}, events: mailed, h: modest, want: Outcome{Kind: EnrolPasskey, Reason: "no_passkey", Operation: "withdrawal"}},
		"SU-01 cannot enrol either":             {acr: []string{"phr"}, events: mailed, h: Holdings{Known: true, Password: true, Email: true}, want: Outcome{Kind: Unmet, Reason: "unreachable"}},
		"SU-01 a new passkey is not phrh":       {acr: []string{"phrh"}, events: mailed, h: modest, want: Outcome{Kind: Unmet, Reason: "unreachable"}},
		"phrh by a hardware passkey":            {acr: []string{"phrh"}, events: passkeyed, h: hardware, want: Outcome{Kind: Authenticate, Reason: "level", Methods: onlyPasskey}},
		"SU-01 phrh without one":                {acr: []string{"phrh"}, events: passkeyed, h: fullHouse, want: Outcome{Kind: Unmet, Reason: "unreachable"}},
		"nothing proved: what is lacking stays unsaid": {
			acr: []string{"phr"}, h: modest, want: Outcome{Kind: Authenticate, Reason: "login", Methods: onlyPassword, SecondFactors: twoSeconds[1:]}},
		"nothing proved and nothing held": {acr: []string{"phr"}, h: Holdings{Known: true, CanEnrolPasskey: true}, want: Outcome{Kind: EnrolPasskey, Reason: "no_passkey"}},
		"all passkeys cooling off": {
			acr: []string{op("withdrawal")}, events: mailed, h: cooling, want: Outcome{Kind: CoolingOff, Reason: "cooling_off", Operation: "withdrawal", AvailableFrom: at(30)}},
		"another passkey is trusted": {
			acr: []string{op("withdrawal")}, events: []idp.AuthenticationEvent{passkey("", -1), passkey("old", -2, trustedFrom(9))},
			h: fullHouse, want: Outcome{Kind: Authenticate, Reason: "cooling_off", Operation: "withdrawal", Methods: onlyPasskey}},
		"cooling off but another alternative": {
			acr: []string{op("withdrawal"), "phr"}, events: mailed, h: cooling, want: Outcome{Kind: Authenticate, Reason: "level", Operation: "withdrawal", Methods: onlyPasskey}},
		"no password, no passkey, nothing to enrol": {h: Holdings{Known: true}, want: Outcome{Kind: Unmet, Reason: "unreachable"}},
		"a password without a second factor":        {h: Holdings{Known: true, Password: true}, want: Outcome{Kind: Unmet, Reason: "unreachable"}},
		"denied whatever was proved, before its date": {
			acr: []string{op("payout")}, events: passkeyed, h: fullHouse, want: Outcome{Kind: Denied, Reason: "denied", Operation: "payout", DenyReason: map[string]string{"en": "stopped"}}},
		"denied until its date":          {acr: []string{op("unopened")}, events: passkeyed, h: fullHouse, want: Outcome{Kind: Denied, Reason: "denied", Operation: "unopened"}},
		"denied beside an alternative":   {acr: []string{op("payout"), "phr"}, events: mailed, h: modest, want: Outcome{Kind: EnrolPasskey, Reason: "no_passkey"}},
		"never satisfied by the shut op": {acr: []string{op("payout"), "phr"}, events: passkeyed, h: fullHouse, want: Outcome{Kind: Satisfied, ACR: "phr", Level: PhishingResistant, AMR: []string{"pop", "user", "mfa", "hwk"}, AuthTime: at(-10), CeremonyID: "old"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := firm()
			if c.policy != nil {
				p = *c.policy
			}
			if got := p.Next(Asked{ACRValues: c.acr}, me, c.events, c.h, noon); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// SU-01: an essential acr of which no value is known is unmet, at once; without essential
// the values are as if they had not been sent.
func TestEssentialUnknown(t *testing.T) {
	asked := Asked{ACRValues: []string{"gold"}, Essential: true}
	if got := firm().Next(asked, me, passkeyed, fullHouse, noon); got.Kind != Unmet || got.Reason != "unreachable" {
		t.Errorf("got %+v", got)
	}
	if got := firm().Next(Asked{Essential: true}, me, passkeyed, fullHouse, noon); got.Kind != Satisfied || got.ACR != "phr" {
		t.Errorf("essential without a value: %+v", got)
	}
}

// A floor for sign-in holds for every level and every operation; shutting sign-in shuts all.
func TestSignInIsTheFloor(t *testing.T) {
	p := firm()
	p.SignIn.Level = PhishingResistant
	for _, acr := range []string{"", "urn:sekisho:acr:email", op("trade")} {
		if got := p.Next(Asked{ACRValues: []string{acr}}, me, mailed, fullHouse, noon); got.Kind != Authenticate || got.Reason != "level" {
			t.Errorf("%q: %+v", acr, got)
		}
	}
	p.SignIn.Deny, p.SignIn.DenyReason = true, map[string]string{"en": "closed"}
	for _, acr := range []string{"", "phr", op("trade")} {
		if got := p.Next(Asked{ACRValues: []string{acr}}, me, passkeyed, fullHouse, noon); got.Kind != Denied || got.DenyReason["en"] != "closed" {
			t.Errorf("%q: %+v", acr, got)
		}
	}
}

// Two nodes' clocks: a sign-in a moment ahead of this node's clock is believed, so that a
// redirect to another node does not ask again.
func TestClockTolerance(t *testing.T) {
	for ahead, want := range map[time.Duration]Kind{clockTolerance: Satisfied, clockTolerance + 1: Authenticate} {
		if got := firm().Next(Asked{}, me, passkeyed, fullHouse, at(-10).Add(-ahead)); got.Kind != want {
			t.Errorf("%v ahead: %+v", ahead, got)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	p := firm()
	events := slices.Concat(both("m", idp.MethodTOTP, -50), both("e", idp.MethodEmailCode, -40), []idp.AuthenticationEvent{passkey("p1", -30), passkey("p2", -20)})
	asked := Asked{ACRValues: []string{op("withdrawal"), "phr"}, MaxAge: seconds(3600)}
	b.ReportAllocs()
	for b.Loop() {
		p.Next(asked, me, events, fullHouse, noon)
	}
}
