package loginui

// refused is a page that may say why a new password was not taken. The reasons are part of
// its notice, so that there is one summary of what went wrong and nothing beside it.
type refused interface {
	// why are the reason codes of idp/authn/password and the least number of characters.
	why() (reasons []string, minLength int)
}

func (p NewPassword) why() ([]string, int)            { return p.Reasons, p.MinLength }
func (p MustChange) why() ([]string, int)             { return p.Reasons, p.MinLength }
func (p PasswordChange) why() ([]string, int)         { return p.Reasons, p.MinLength }
func (p PasswordAgeChange) why() ([]string, int)      { return p.Reasons, p.MinLength }
func (p RecoverPassword) why() ([]string, int)        { return p.Reasons, p.MinLength }
func (p TransactionPasswordSet) why() ([]string, int) { return p.Reasons, p.MinLength }

// reasons are those of the page in words.
func (s *Site) reasons(lang string, p Page) ([]string, error) {
	r, ok := p.(refused)
	if !ok {
		return nil, nil
	}
	codes, least := r.why()
	words := make([]string, len(codes))
	for i, code := range codes {
		var err error
		if words[i], err = s.texts.say(lang, s.texts.known("password.reason", code, "generic", ""), "Count", least); err != nil {
			return nil, err
		}
	}
	return words, nil
}
