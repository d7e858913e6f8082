package main

import (
	"encoding/hex"
	"time"

	"sekisho/idp"
	"sekisho/storage"
)

// What commands print with --json: names as in the documentation, times in UTC, and
// nothing that is not there.

type migrationView struct {
	Version   int64     `json:"version"`
	Name      string    `json:"name"`
	Applied   bool      `json:"applied"`
	AppliedAt time.Time `json:"applied_at,omitzero"`
}

func viewMigrations(list []storage.Migration) []migrationView {
	out := make([]migrationView, 0, len(list))
	for _, m := range list {
		out = append(out, migrationView{m.Version, m.Name, !m.AppliedAt.IsZero(), m.AppliedAt})
	}
	return out
}

type auditView struct {
	ID        int64             `json:"id"`
	At        time.Time         `json:"at"`
	Event     string            `json:"event"`
	Result    string            `json:"result"`
	Reason    string            `json:"reason,omitempty"`
	Actor     string            `json:"actor"`
	AccountID string            `json:"account_id,omitempty"`
	ClientID  string            `json:"client_id,omitempty"`
	SessionID string            `json:"session_id,omitempty"`
	RequestID string            `json:"request_id,omitempty"`
	IP        string            `json:"ip,omitempty"`
	UserAgent string            `json:"user_agent,omitempty"`
	Detail    map[string]string `json:"detail,omitempty"`
}

func viewAudit(list []idp.AuditRecord) []auditView {
	out := make([]auditView, 0, len(list))
	for _, r := range list {
		out = append(out, auditView(r))
	}
	return out
}

type verdictView struct {
	Result   string        `json:"result"` // "ok" or "tampered"
	Records  int           `json:"records"`
	Seals    int           `json:"seals"`
	Unsealed int           `json:"unsealed"`
	Cut      int64         `json:"cut,omitempty"`  // the last seal whose retention was over
	Head     string        `json:"head,omitempty"` // digest of the last seal, to be noted down elsewhere
	Problems []problemView `json:"problems,omitempty"`
}

type problemView struct {
	Finding  string `json:"finding"`
	SealID   int64  `json:"seal_id,omitempty"`
	RecordID int64  `json:"record_id,omitempty"`
}

func viewVerdict(v storage.AuditVerdict) verdictView {
	out := verdictView{Result: "ok", Records: v.Records, Seals: v.Seals, Unsealed: v.Unsealed, Cut: v.Cut, Head: hex.EncodeToString(v.Head)}
	if !v.OK() {
		out.Result = "tampered"
	}
	for _, p := range v.Problems {
		out.Problems = append(out.Problems, problemView{string(p.Finding), p.SealID, p.RecordID})
	}
	return out
}
