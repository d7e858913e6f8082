package explain

import (
	"slices"

	"sekisho/config"
)

func (t *teller) signIn() {
	a := t.c.Assurance
	t.tell("sign_in.passkey")
	switch {
	case !a.PasswordAllowed:
		t.tell("sign_in.password_off")
	case a.EmailCodeAllowed:
		t.tell("sign_in.password_mail")
	default:
		t.tell("sign_in.password")
		t.tell("sign_in.mail_off")
	}
	t.rules(t.heading(a.SignIn, t.say("sign_in.rule")), a.SignIn)
	if a.PasswordAllowed {
		t.tell("environment." + t.c.NewEnvironment.Check)
	}
	t.kind("personal", t.c.AccountKinds.Personal)
	t.kind("corporate", t.c.AccountKinds.Corporate)
	t.tell("sign_in.interaction", "For", t.duration(t.c.Interaction.Lifetime))
}

// kind says which authenticators the accounts of one kind may use.
func (t *teller) kind(name string, may config.Authenticators) {
	var names []string
	for _, a := range []struct {
		id      string
		allowed bool
	}{
		{"passkey", may.Passkey}, {"totp", may.TOTP},
		{"email_code", may.EmailCode && t.c.Assurance.EmailCodeAllowed}, {"recovery_codes", may.RecoveryCodes},
	} {
		if a.allowed {
			names = append(names, t.say("authenticator."+a.id))
		}
	}
	t.tell("sign_in."+name, "Names", t.list(names))
}

// passwords is told even where nobody signs in by one: the transaction password stays.
func (t *teller) passwords() {
	p := t.c.Password
	if t.c.Assurance.PasswordAllowed {
		t.rulesFor("passwords.", p.MinLength, p.Classes, p.Symbols, p.MinScore)
	}
	if len(p.ExtraWords) > 0 {
		t.tell("passwords.words", "Words", t.list(p.ExtraWords))
	}
	t.tell("passwords.always", "Word", t.accountWord(true))
	t.either(p.NoticeAfter > 0, "passwords.notice", "passwords.no_notice", "After", t.duration(p.NoticeAfter), "Again", t.duration(p.NoticeAgain))
	if t.either(p.Keyboard.Enabled, "passwords.keyboard", "passwords.no_keyboard"); p.Keyboard.Enabled {
		t.tell("keyboard." + p.Keyboard.Shuffle)
	}
	x := p.Transaction
	if t.either(x.Enabled, "passwords.transaction", "passwords.transaction_off"); !x.Enabled {
		return
	}
	t.rulesFor("passwords.transaction_", x.MinLength, x.Classes, x.Symbols, x.MinScore)
	t.either(x.FourDigits, "passwords.four_digits", "passwords.no_four_digits")
}

// rulesFor tells the rules of one of the two passwords.
func (t *teller) rulesFor(which string, length int, classes []string, symbols string, score int) {
	t.tell(which+"length", "N", length)
	var names []string
	for _, class := range classes {
		names = append(names, t.say("class."+class))
	}
	t.either(len(names) > 0, which+"classes", which+"no_classes", "Classes", t.list(names))
	t.either(symbols != "", which+"symbols", which+"all_symbols", "Symbols", symbols)
	t.either(score > 0, which+"score", which+"no_score", "N", score)
}

func (t *teller) codes() {
	e := t.c.EmailCode
	t.tell("codes.mail", "N", e.Digits, "For", t.duration(e.TTL))
	t.tell("codes.attempts", "N", e.Attempts)
	t.tell("codes.resend", "For", t.duration(e.ResendAfter))
	t.tell("codes.app")
	t.tell("codes.issuer", "Name", t.c.TOTP.Issuer)
}

func (t *teller) passkeys() {
	p, a := t.c.Passkey, t.c.Assurance
	t.tell("passkeys.max", "N", p.Max)
	t.tell("passkeys.domain", "Domain", p.RPID)
	if len(p.RelatedOrigins) > 0 {
		t.tell("passkeys.related", "Origins", t.sorted(p.RelatedOrigins))
	}
	if len(p.AndroidOrigins) > 0 {
		t.tell("passkeys.apps", "N", len(p.AndroidOrigins))
	}
	if a.PasswordAllowed {
		t.either(p.OfferEvery > 0, "passkeys.offer", "passkeys.no_offer", "For", t.duration(p.OfferEvery))
		t.either(p.ConditionalCreate, "passkeys.silent", "passkeys.never_silent")
	}
	t.either(p.AlwaysCheck, "passkeys.always_check", "passkeys.first_check")
	if t.either(a.CoolingOff > 0, "passkeys.cooling", "passkeys.no_cooling", "For", t.duration(a.CoolingOff)); a.CoolingOff > 0 {
		t.either(a.ImmediateFrom != "", "passkeys.immediate", "passkeys.no_immediate", "Level", t.level(a.ImmediateFrom))
	}
	t.either(p.Attestation == config.AttestationHardware, "passkeys.attestation_hardware", "passkeys.attestation_none")
	models := slices.Sorted(slices.Values(p.AttestationModels))
	t.either(len(models) > 0, "passkeys.models", "passkeys.no_models", "N", len(models), "Models", t.list(models))
	t.tell("passkeys.never_locked")
}
