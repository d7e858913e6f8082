package settings

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/identifier"
	"sekisho/idp/httpsafe"
	"sekisho/idp/receipt"
	loginui "sekisho/login-ui"
)

// ApprovalStore keeps the transactions an account approved.
type ApprovalStore interface {
	Transactions(ctx context.Context, accountID string, limit int) ([]idp.Transaction, error)
	Transaction(ctx context.Context, accountID, id string) (*idp.Transaction, error)
}

const (
	approvalsPath = "/account/approvals"
	approvalsLast = 50
)

func (h *Handler) approvalRoutes() []Route {
	get := http.MethodGet
	return []Route{
		{approvalsPath, get, SignedIn, h.guarded("approvals", SignedIn, h.approvals)},
		{approvalsPath + "/{id}", get, SignedIn, h.guarded("approval", SignedIn, h.approval)},
		{approvalsPath + "/{id}/full", get, Fresh, h.guarded("approval_full", Fresh, h.approvalFull)},
		{approvalsPath + "/{id}/receipt", get, Fresh, h.guarded("approval_full", Fresh, h.approvalReceipt)},
	}
}

// approvalPath is where a page of approvals lives, by the key stored in an interaction.
func approvalPath(page, id string) (path string, ok bool) {
	switch page {
	case "approvals":
		return approvalsPath, true
	case "approval":
		return approvalsPath + "/" + id, true
	case "approval_full":
		return approvalsPath + "/" + id + "/full", true
	}
	return "", false
}

// approvals lists what was approved lately, account numbers masked (A11).
func (h *Handler) approvals(w http.ResponseWriter, r *http.Request, c visitor) {
	list, err := h.Store.Transactions(r.Context(), c.account.ID, approvalsLast)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	p := loginui.Approvals{Frame: h.frame(r, c)}
	for i := range list {
		item, err := h.approvalItem(r.Context(), c, &list[i], false)
		if err != nil {
			h.failed(w, r, err)
			return
		}
		p.Items = append(p.Items, item)
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

func (h *Handler) approval(w http.ResponseWriter, r *http.Request, c visitor) {
	h.showApproval(w, r, c, false)
}

// approvalFull shows the whole of one transaction, after a fresh proof (B14).
func (h *Handler) approvalFull(w http.ResponseWriter, r *http.Request, c visitor) {
	h.showApproval(w, r, c, true)
}

func (h *Handler) showApproval(w http.ResponseWriter, r *http.Request, c visitor, full bool) {
	tx, err := h.Store.Transaction(r.Context(), c.account.ID, httpsafe.PathVar(r, "id"))
	var item loginui.ApprovalItem
	if err == nil {
		item, err = h.approvalItem(r.Context(), c, tx, full)
	}
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	if full {
		h.Record(r.Context(), h.event(c, audit.TransactionRevealed, map[string]string{"receipt": tx.ID}))
	}
	h.Site.Render(w, r, http.StatusOK, loginui.ApprovalPage{Frame: h.frame(r, c), Approval: item, Full: full})
}

// approvalReceipt hands out the signed receipt, which holds everything in clear.
func (h *Handler) approvalReceipt(w http.ResponseWriter, r *http.Request, c visitor) {
	tx, err := h.Store.Transaction(r.Context(), c.account.ID, httpsafe.PathVar(r, "id"))
	if err != nil {
		h.notFoundOr(w, r, c, err)
		return
	}
	h.Record(r.Context(), h.event(c, audit.TransactionRevealed, map[string]string{"receipt": tx.ID}))
	w.Header().Set("Content-Type", "application/jwt")
	w.Header().Set("Content-Disposition", `attachment; filename="receipt-`+tx.ID+`.jwt"`)
	_, _ = w.Write([]byte(tx.Receipt + "\n")) // the browser went away: nobody left to tell
}

// approvalItem is a transaction in the customer's words. One of a type that the firm has no
// words for any more still has its date and its receipt.
func (h *Handler) approvalItem(ctx context.Context, c visitor, tx *idp.Transaction, full bool) (loginui.ApprovalItem, error) {
	item := loginui.ApprovalItem{ID: tx.ID, At: tx.ApprovedAt}
	item.State, item.StateAt = h.approvalState(tx)
	client, err := h.Engine.Clients.Client(ctx, tx.ClientID)
	switch {
	case err == nil:
		item.Transaction.Client = client.Name(c.lang)
	case !errors.Is(err, idp.ErrNotFound):
		return item, err
	}
	if said, err := receipt.Read(tx.Receipt); err == nil {
		item.Way, item.Signed, item.TransactionPassword = said.Evidence.Method, said.Evidence.Kind == receipt.ByPasskey, said.TransactionPassword
	}
	asked, err := h.Details.Read(tx.Details)
	if err != nil {
		return item, nil
	}
	item.Transaction.Title = asked.Type.Title.In(c.lang)
	lines := asked.Lines(c.lang)
	if !full {
		lines = asked.Masked(c.lang, identifier.MaskBankAccount)
	}
	for _, line := range lines {
		item.Transaction.Lines = append(item.Transaction.Lines, loginui.TransactionLine(line))
	}
	return item, nil
}

// approvalState is what became of an approval, and since when.
func (h *Handler) approvalState(tx *idp.Transaction) (string, time.Time) {
	switch {
	case !tx.RedeemedAt.IsZero():
		return loginui.ApprovalUsed, tx.RedeemedAt
	case !tx.RevokedAt.IsZero():
		return loginui.ApprovalRevoked, tx.RevokedAt
	case tx.GoodUntil.IsZero():
		return loginui.ApprovalGiven, time.Time{}
	case h.Now().Before(tx.GoodUntil):
		return loginui.ApprovalOpen, tx.GoodUntil
	}
	return loginui.ApprovalExpired, tx.GoodUntil
}
