// Package details knows the transactions that relying parties may ask customers to approve
// (RFC 9396): which types there are, what each looks like, how it is read, shown and put into
// the one form that is hashed and signed. It owns the rule that nothing is approved that was
// not shown: a request with a member the page has no line for is refused.
//
// It knows no HTTP handler, no database and no key.
package details
