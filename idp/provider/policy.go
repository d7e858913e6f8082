package provider

import (
	"fmt"

	"sekisho/config"
	"sekisho/idp/assurance"
	"sekisho/idp/authn/password"
	"sekisho/idp/authn/throttle"

	"sekisho/idp"
)

// assurancePolicy is the firm's policy in the engine's terms.
func assurancePolicy(c config.Assurance) (assurance.Policy, error) {
	p := assurance.Policy{
		Operations: map[string]assurance.OperationPolicy{}, CoolingOff: c.CoolingOff,
		PasswordAllowed: c.PasswordAllowed, EmailCodeAllowed: c.EmailCodeAllowed,
	}
	var err error
	if p.SignIn, err = operationPolicy(c.SignIn); err != nil {
		return p, err
	}
	if c.ImmediateFrom != "" {
		if p.ImmediateFrom, err = level(c.ImmediateFrom); err != nil {
			return p, err
		}
	}
	for name, op := range c.Operations {
		if p.Operations[name], err = operationPolicy(op); err != nil {
			return p, fmt.Errorf("operation %s: %w", name, err)
		}
	}
	return p, nil
}

func operationPolicy(c config.Operation) (assurance.OperationPolicy, error) {
	p := assurance.OperationPolicy{
		MaxAge: c.MaxAge, Once: c.Once, TrustedPasskey: c.TrustedPasskey, RespectHold: c.RespectHold, From: c.From,
		Deny: c.Deny, DenyReason: c.DenyReason, TransactionPassword: c.TransactionPassword,
	}
	var err error
	if c.Level != "" {
		if p.Level, err = level(c.Level); err != nil {
			return p, err
		}
	}
	if c.TransactionOr != "" {
		if p.TransactionOr, err = level(c.TransactionOr); err != nil {
			return p, err
		}
	}
	p.Bounds = bounds(c.Choices)
	if c.Before != nil {
		before, err := operationPolicy(*c.Before)
		if err != nil {
			return p, err
		}
		p.Before = &before
	}
	return p, nil
}

func level(acr string) (assurance.Level, error) {
	l, ok := assurance.ParseACR(acr)
	if !ok {
		return 0, fmt.Errorf("unknown assurance level %q", acr)
	}
	return l, nil
}

func lock(c config.Lock) idp.LockPolicy { return idp.LockPolicy(c) }

func rateLimit(c config.Rate) idp.RateLimit { return idp.RateLimit(c) }

func throttleLimits(c config.Throttle) throttle.Limits {
	return throttle.Limits{
		Factors: map[throttle.Factor]idp.LockPolicy{
			throttle.Password: lock(c.Password), throttle.TransactionPassword: lock(c.TransactionPassword),
			throttle.TOTP: lock(c.TOTP), throttle.EmailCode: lock(c.EmailCode), throttle.Invitation: lock(c.Invitation),
			throttle.Recovery: lock(c.Recovery),
		},
		Default: lock(c.Password), Address: rateLimit(c.Address), Network: rateLimit(c.Network),
		Failures: rateLimit(c.Failures), Alarm: c.Alarm, UnderAlarm: rateLimit(c.UnderAlarm),
		SendAccount: rateLimit(c.SendAccount), SendMailbox: rateLimit(c.SendMailbox), SendAddress: rateLimit(c.SendAddress),
		SendAll: rateLimit(c.SendAll), Ceremonies: rateLimit(c.Ceremonies), CeremoniesIn: rateLimit(c.CeremoniesNetwork),
	}
}

func passwordPolicy(c config.Password, firm config.Firm) password.Policy {
	p := password.Policy{MinLength: c.MinLength, Symbols: c.Symbols, MinScore: c.MinScore}
	if c.MinScore == 0 {
		p.MinScore = -1 // the configuration's 0 switches the estimate off
	}
	for _, class := range c.Classes {
		p.Lower = p.Lower || class == "lower"
		p.Upper = p.Upper || class == "upper"
		p.Digit = p.Digit || class == "digit"
		p.Symbol = p.Symbol || class == "symbol"
	}
	p.ServiceNames = append(p.ServiceNames, c.ExtraWords...)
	for _, name := range firm.Name {
		p.ServiceNames = append(p.ServiceNames, name)
	}
	return p
}

func accountUse(c config.AccountKinds) map[idp.AccountKind]assurance.Use {
	return map[idp.AccountKind]assurance.Use{idp.Personal: assurance.Use(c.Personal), idp.Corporate: assurance.Use(c.Corporate)}
}
