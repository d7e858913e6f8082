package authorize

import (
	"sekisho/idp"
	"sekisho/idp/assurance"
)

// Use is what accounts of a kind may use (E7). A kind nobody configured may use nothing.
func (e *Engine) Use(kind idp.AccountKind) assurance.Use {
	if e.Limits.Use == nil {
		return assurance.Everything
	}
	return e.Limits.Use[kind]
}

// Forbids reports whether some kind of account may not use a method.
func (e *Engine) Forbids(m idp.Method) bool {
	for _, use := range e.Limits.Use {
		if !use.Allows(m) {
			return true
		}
	}
	return false
}
