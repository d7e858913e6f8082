package token

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"sekisho/idp"
)

// AccountStore reads accounts. *storage.Store is one.
type AccountStore interface {
	Account(ctx context.Context, id string) (*idp.Account, error)
	Emails(ctx context.Context, accountID string) ([]idp.Email, error)
}

// Accounts delivers claims from the firm's own records.
type Accounts struct {
	Store AccountStore
}

// AccountClaims implements AccountClaims. Addresses are read only when e-mail claims are
// wanted; an empty value is left out.
func (a *Accounts) AccountClaims(ctx context.Context, accountID string, client *idp.Client, names []string) (map[string]any, error) {
	account, err := a.Store.Account(ctx, accountID)
	if err != nil {
		return nil, fmt.Errorf("account claims: %w", err)
	}
	held := profileClaims(account)
	if slices.ContainsFunc(names, func(name string) bool { return ofEmail(name, client) }) {
		emails, err := a.Store.Emails(ctx, accountID)
		if err != nil {
			return nil, fmt.Errorf("account claims: %w", err)
		}
		emailClaims(held, emails)
	}
	out := make(map[string]any, len(names))
	for _, name := range names {
		if attribute, mapped := client.Metadata.Claims[name]; mapped {
			if value := attributeOf(account, held, attribute); value != nil {
				out[name] = value
			}
			continue
		}
		if value, ok := held[name]; ok && value != "" {
			out[name] = value
		}
	}
	return out, nil
}

// ofEmail reports whether a claim, by itself or by the client's mapping, is about the address.
func ofEmail(name string, client *idp.Client) bool {
	if attribute, mapped := client.Metadata.Claims[name]; mapped {
		name = attribute
	}
	return name == "email" || name == "email_verified"
}

func profileClaims(a *idp.Account) map[string]any {
	p := a.Profile
	held := map[string]any{
		"name": p.Name, "given_name": p.GivenName, "family_name": p.FamilyName, "gender": p.Gender,
		"birthdate": p.Birthdate, "zoneinfo": p.Zoneinfo, "locale": a.Locale,
	}
	if !a.UpdatedAt.IsZero() {
		held["updated_at"] = a.UpdatedAt.Unix()
	}
	if p.PhoneNumber != "" {
		held["phone_number"], held["phone_number_verified"] = p.PhoneNumber, p.PhoneVerified
	}
	if p.Address != nil {
		held["address"] = p.Address
	}
	return held
}

// emailClaims adds the registered address and whether it ever answered (ID-06). The
// security address is nobody's business but the provider's.
func emailClaims(held map[string]any, emails []idp.Email) {
	for _, e := range emails {
		if e.Purpose == idp.EmailRegistered {
			held["email"], held["email_verified"] = e.Address, e.Verified()
			return
		}
	}
}

// Attributes are the account attributes a claim mapping may name.
func Attributes() []string {
	return slices.Concat([]string{"login_name", "kind", "permissions"}, slices.Sorted(maps.Keys(scopeOf)))
}

// attributeOf is the value of an account attribute that a client's claim mapping names;
// nil for an attribute that does not exist or is empty.
func attributeOf(a *idp.Account, held map[string]any, attribute string) any {
	switch attribute {
	case "login_name":
		return a.LoginName
	case "kind":
		return string(a.Kind)
	case "permissions":
		return slices.Concat([]string{}, a.Permissions)
	}
	if value, ok := held[attribute]; ok && value != "" {
		return value
	}
	return nil
}
