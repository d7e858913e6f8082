package signin

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"sekisho/idp"
	"sekisho/idp/audit"
	"sekisho/idp/authn/passkey"
	"sekisho/idp/authorize"
	"sekisho/idp/details"
	"sekisho/idp/httpsafe"
	loginui "sekisho/login-ui"
)

func (h *Handler) approvalRoutes() []Route {
	return []Route{{"/not-mine", http.MethodPost, false, h.form(h.postNotMine)}}
}

// transactionCard is the transaction of the request as every page shows it. It is read again
// from what is stored, so what is shown is what is signed.
func (h *Handler) transactionCard(lang string, v *authorize.Visit) (*loginui.TransactionCard, error) {
	if v.Request == nil || len(v.Request.Details) == 0 {
		return nil, nil
	}
	asked, err := h.Details.Read(v.Request.Details)
	if err != nil {
		return nil, err
	}
	card := &loginui.TransactionCard{Title: asked.Type.Title.In(lang), Client: v.Client.Name(lang)}
	for _, line := range asked.Lines(lang) {
		card.Lines = append(card.Lines, loginui.TransactionLine(line))
	}
	return card, nil
}

func (h *Handler) showApproval(w http.ResponseWriter, r *http.Request, v *authorize.Visit, page loginui.SignIn) {
	card, err := h.transactionCard(page.Lang, v)
	if err != nil || card == nil {
		h.failed(w, r, v, errors.Join(errNotShown, err))
		return
	}
	h.Site.Render(w, r, http.StatusOK, loginui.Approve{SignIn: page, Transaction: *card})
}

func (h *Handler) showConsent(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if v.Device() != nil {
		h.Site.Render(w, r, http.StatusOK, h.devicePage(r, v))
		return
	}
	page := h.consentPage(h.frame(r, v), v)
	page.Client.Logo = h.Logo(r.Context(), v.Client)
	var err error
	if page.Transaction, err = h.transactionCard(page.Lang, v); err != nil {
		h.failed(w, r, v, err)
		return
	}
	h.Site.Render(w, r, http.StatusOK, page)
}

var errNotShown = errors.New("a transaction that cannot be shown")

// shown is what the challenge stood for when it was made; the browser never has it in hand.
type shown struct {
	Nonce []byte `json:"nonce"`
	At    int64  `json:"at"` // seconds since 1970
}

func (h *Handler) binding(v *authorize.Visit, s shown) (details.Binding, error) {
	asked, err := h.Details.Read(v.Request.Details)
	if err != nil {
		return details.Binding{}, err
	}
	return details.Binding{
		Nonce: s.Nonce, Details: asked.Canonical, ClientID: v.Client.ID, Subject: v.Subject(),
		Interaction: v.Interaction.ID, ShownAt: time.Unix(s.At, 0),
	}, nil
}

// approvalOptions begins an assertion whose challenge is the transaction. Autofill has no
// place here: an answer is given to what was read, by the button below it.
func (h *Handler) approvalOptions(w http.ResponseWriter, r *http.Request, v *authorize.Visit, mediation string) {
	if mediation == "conditional" {
		h.jsonNext(w, v.Path())
		return
	}
	s := shown{Nonce: make([]byte, 32), At: h.Now().Unix()}
	rand.Read(s.Nonce)
	note, err := json.Marshal(s)
	var bound details.Binding
	if err == nil {
		bound, err = h.binding(v, s)
	}
	if err != nil {
		h.jsonFailed(w, r, v, err)
		return
	}
	begun, err := h.Methods.Passkey.BeginApproval(r.Context(), v.Account, h.ceremony(r, v), bound.Challenge(), note)
	if err != nil {
		h.jsonFailed(w, r, v, err)
		return
	}
	writeJSON(w, http.StatusOK, optionsAnswer{begun.ChallengeID, begun.PublicKey})
}

// approvedBy holds a verified assertion against the transaction once more: the challenge it
// answers must be the one of this transaction, client, customer and interaction.
func (h *Handler) approvedBy(v *authorize.Visit, a passkey.Authenticated) (*authorize.Assertion, error) {
	var s shown
	if len(a.Signed.Note) == 0 || json.Unmarshal(a.Signed.Note, &s) != nil || len(s.Nonce) != 32 {
		return nil, idp.ErrRejected
	}
	bound, err := h.binding(v, s)
	if err != nil {
		return nil, err
	}
	if a.Account.ID != v.Account.ID || base64.RawURLEncoding.EncodeToString(bound.Challenge()) != a.Signed.Challenge {
		return nil, idp.ErrRejected
	}
	return &authorize.Assertion{
		Nonce: s.Nonce, ShownAt: time.Unix(s.At, 0).UTC(), PublicKey: a.Passkey.PublicKey,
		AuthenticatorData: a.Signed.AuthenticatorData, ClientData: a.Signed.ClientData, Signature: a.Signed.Signature,
	}, nil
}

// approvalOf is the customer's word, by the last factor of the ceremony.
func approvalOf(ceremonyID string, p proved) *authorize.Approval {
	last := p.events[len(p.events)-1]
	return &authorize.Approval{CeremonyID: ceremonyID, At: last.At, Method: last.Method, CredentialID: last.CredentialID, Assertion: p.assertion}
}

// postNotMine: the customer did not ask for this transaction. Nothing is granted, the
// interaction ends, and the way leads to where an account is stopped.
func (h *Handler) postNotMine(w http.ResponseWriter, r *http.Request, v *authorize.Visit) {
	if !v.Step.Approves && (v.Input.Demand.Approve == "" || v.Step.Kind != authorize.StepTransactionPassword) {
		h.back(w, r, v)
		return
	}
	if err := h.Engine.Abandon(r.Context(), v, audit.TransactionDisowned, v.Request.Operation); err != nil && !spent(err) {
		h.failed(w, r, v, err)
		return
	}
	f := h.frame(r, v)
	f.Notice = nil
	card, err := h.transactionCard(f.Lang, v)
	if err != nil || card == nil {
		h.Log.ErrorContext(r.Context(), "disowned transaction cannot be shown", "error", err, "request", httpsafe.RequestID(r.Context()))
		card = &loginui.TransactionCard{}
	}
	h.Site.Render(w, r, http.StatusOK, loginui.NotMine{Frame: f, Transaction: *card})
}
