package importer

import "fmt"

// Mistake is one thing wrong with one row.
type Mistake struct {
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"` // "" : the row as a whole
	Wrong  string `json:"wrong"`
	Right  string `json:"right"`
}

func (m Mistake) String() string {
	place := fmt.Sprintf("line %d", m.Line)
	if m.Column != "" {
		place += ", " + m.Column
	}
	return place + ": " + m.Wrong + "; right would be: " + m.Right
}

// mostMistakes is how many a report holds; OnMistake and the rejects have all.
const mostMistakes = 1000

// Report is what became of a file. A dry run reports what would become of it.
type Report struct {
	ID        string    `json:"import"` // stands in the audit records
	DryRun    bool      `json:"dry_run"`
	Complete  bool      `json:"complete"` // false: it was interrupted; the same file goes on
	Rows      int       `json:"rows"`
	Created   int       `json:"created"`
	Present   int       `json:"present"` // imported before from the same row; left as they are
	Rejected  int       `json:"rejected"`
	Batches   int       `json:"batches"`
	Invited   int       `json:"without_password"` // of the created: opened by an invitation
	TOTP      int       `json:"with_totp"`
	Transact  int       `json:"with_transaction_password"`
	NoSecond  int       `json:"without_second_factor"` // a password, but neither verified address nor TOTP: cannot finish signing in
	Mistakes  []Mistake `json:"mistakes"`
	MoreFound int       `json:"mistakes_left_out,omitempty"`
}

func (r *Report) count(c customer) {
	r.Created++
	if c.PasswordHash == "" {
		r.Invited++
	}
	if len(c.TOTPSecret) > 0 {
		r.TOTP++
	}
	if c.TransactionHash != "" {
		r.Transact++
	}
	if c.PasswordHash != "" && !c.EmailVerified && len(c.TOTPSecret) == 0 {
		r.NoSecond++
	}
}
