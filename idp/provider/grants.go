package provider

import (
	"sekisho/idp/oidc"
	loginui "sekisho/login-ui"
)

// grantTypes are those of the token endpoint that some client can use here.
func (p *Provider) grantTypes() []string {
	list := []string{oidc.GrantAuthorizationCode, oidc.GrantRefreshToken, oidc.GrantClientCredentials}
	if p.cfg.Device.Enabled {
		list = append(list, oidc.GrantDeviceCode)
	}
	if p.cfg.Tokens.ExchangeOffered() {
		list = append(list, oidc.GrantTokenExchange)
	}
	return list
}

// examples are the programs of the developers' page, for what works here.
func (p *Provider) examples() ([]loginui.Example, error) {
	list, err := loginui.Examples(p.cfg.Issuer)
	for _, more := range []struct {
		works   bool
		example func(issuer string) (loginui.Example, error)
	}{
		{p.cfg.Device.Enabled, loginui.DeviceExample},
		{p.cfg.Tokens.ExchangeOffered(), loginui.ExchangeExample},
	} {
		if err != nil || !more.works {
			continue
		}
		var example loginui.Example
		example, err = more.example(p.cfg.Issuer)
		list = append(list, example)
	}
	return list, err
}
