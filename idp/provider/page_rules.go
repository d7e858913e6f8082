package provider

import (
	"slices"

	"sekisho/config"
	"sekisho/idp/authorize"
	loginui "sekisho/login-ui"
)

// passwordRules is what the pages explain of the policies that judge new passwords (B6).
func passwordRules(c config.Password) map[string]loginui.PasswordRule {
	rule := func(classes []string, symbols string) loginui.PasswordRule {
		has := func(class string) bool { return slices.Contains(classes, class) }
		return loginui.PasswordRule{Lower: has("lower"), Upper: has("upper"), Digit: has("digit"), Symbol: has("symbol"), Symbols: symbols}
	}
	return map[string]loginui.PasswordRule{
		loginui.RulesLogin: rule(c.Classes, c.Symbols), loginui.RulesTransaction: rule(c.Transaction.Classes, c.Transaction.Symbols),
	}
}

func (p *Provider) passwordAge() authorize.PasswordAge {
	return authorize.PasswordAge{After: p.cfg.Password.NoticeAfter, Again: p.cfg.Password.NoticeAgain}
}
