package settings

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/audit"
	"sekisho/idp/httpsafe"
	"sekisho/idp/notify"
	loginui "sekisho/login-ui"
)

const checksBase = "/account/checks"

// ChoiceStore keeps what customers chose, each change against the version it was made from.
type ChoiceStore interface {
	SetFactorChoices(ctx context.Context, accountID string, version int, choices idp.FactorChoices, effects idp.Effects) error
}

// choiceRoutes are the pages of what is asked for at each operation (B7).
func (h *Handler) choiceRoutes() []Route {
	get, post, one := http.MethodGet, http.MethodPost, checksBase+"/{id}"
	return []Route{
		{checksBase, get, SignedIn, h.guarded("checks", SignedIn, h.checks)},
		{one, get, Fresh, h.guarded("check", Fresh, h.check)},
		{one, post, Fresh, h.guarded("check", Fresh, h.checkSave)},
	}
}

func (h *Handler) checksFrame(r *http.Request, c visitor) loginui.Frame {
	f := h.frame(r, c)
	f.Base = checksBase
	return f
}

func (h *Handler) operationName(c visitor, operation string) loginui.OperationName {
	return loginui.OperationName{ID: operation, Name: h.OperationName(operation, c.lang)}
}

func (h *Handler) named(c visitor, operations []string) []loginui.OperationName {
	var out []loginui.OperationName
	for _, o := range operations {
		out = append(out, h.operationName(c, o))
	}
	return out
}

// checks lists every operation with the firm's rule in words and the customer's choice.
func (h *Handler) checks(w http.ResponseWriter, r *http.Request, c visitor) {
	if r.URL.Query().Get("done") == loginui.NoticeChoiceSaved && c.notice == nil {
		c = c.with(loginui.Good, loginui.NoticeChoiceSaved)
	}
	policy := h.Engine.Policy()
	p := loginui.Checks{Frame: h.checksFrame(r, c)}
	for _, name := range append([]string{idp.SignInChoice}, slices.Sorted(maps.Keys(policy.Operations))...) {
		if item, ok := h.checkItem(c, policy, name); ok {
			p.Items = append(p.Items, item)
		}
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

func (h *Handler) checkItem(c visitor, policy assurance.Policy, name string) (loginui.CheckItem, bool) {
	rule, ok := policy.Rule(name, h.Now())
	chosen := c.account.Choices[name]
	item := loginui.CheckItem{
		OperationName: h.operationName(c, name), Stopped: rule.Deny,
		Rule: loginui.CheckRule{
			Level: rule.Level.ACR(), MaxAge: rule.MaxAge, Once: rule.Once, Transaction: rule.TransactionPassword,
			TransactionOr: rule.TransactionPassword && rule.TransactionOr != assurance.None,
		},
		Chosen: loginui.CheckChoice{Factor: chosen.Factor, Anew: chosen.Anew, Transaction: chosen.TransactionPassword, Stale: !policy.Allows(name, chosen, h.Now())},
	}
	item.Open = item.Chosen.Any() || rule.Bounds != assurance.Bounds{}
	return item, ok
}

// check is the choice for one operation.
func (h *Handler) check(w http.ResponseWriter, r *http.Request, c visitor) {
	policy, name := h.Engine.Policy(), httpsafe.PathVar(r, "id")
	item, ok := h.checkItem(c, policy, name)
	if !ok || !item.Open {
		h.trouble(w, r, http.StatusNotFound, loginui.ErrorNotFound)
		return
	}
	rule, _ := policy.Rule(name, h.Now())
	p := loginui.Check{
		Frame: h.checksFrame(r, c), CheckItem: item, Version: c.account.ChoicesVersion,
		TOTP: rule.Bounds.TOTP && rule.Level < assurance.MFA, Passkey: rule.Bounds.Passkey && rule.Level < assurance.PhishingResistant,
		Anew: rule.Bounds.Anew && !rule.Once, None: rule.Bounds.None && name != idp.SignInChoice,
		Transaction: rule.Bounds.TransactionPassword && h.Transaction != nil && (!rule.TransactionPassword || rule.TransactionOr != assurance.None),
		LacksTOTP:   !policy.Reaches(c.holdings, assurance.MFA), LacksPasskey: !policy.Reaches(c.holdings, assurance.PhishingResistant),
	}
	if p.Transaction {
		held, err := h.Transaction.Held(r.Context(), c.account.ID)
		if err != nil {
			h.failed(w, r, err)
			return
		}
		p.LacksTransaction = held == nil
	}
	h.Site.Render(w, r, http.StatusOK, p)
}

// checkSave stores a choice. It counts from the next request on; what asks for less has been
// asked for with the strongest proof the account has, as this page always is.
func (h *Handler) checkSave(w http.ResponseWriter, r *http.Request, c visitor) {
	policy, name := h.Engine.Policy(), httpsafe.PathVar(r, "id")
	if _, ok := policy.Rule(name, h.Now()); !ok {
		h.trouble(w, r, http.StatusNotFound, loginui.ErrorNotFound)
		return
	}
	from := c.account.Choices[name]
	to := idp.FactorChoice{Factor: r.PostFormValue("factor"), Anew: r.PostFormValue("anew") != "", TransactionPassword: r.PostFormValue("transaction_password") != ""}
	notice, err := h.choiceRefused(r.Context(), c, policy, name, from, to)
	if err != nil {
		h.failed(w, r, err)
		return
	}
	if notice != nil {
		c.notice = notice
		h.check(w, r, c)
		return
	}
	version, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil || version != c.account.ChoicesVersion {
		h.check(w, r, c.with(loginui.Bad, loginui.NoticeChoiceConflict))
		return
	}
	if to != from {
		err = h.choose(r, c, c.account, idp.FactorChoices{name: to}, policy.Loosens(name, from, to), "chosen")
	}
	switch {
	case errors.Is(err, idp.ErrConflict):
		h.check(w, r, c.with(loginui.Bad, loginui.NoticeChoiceConflict))
	case err != nil:
		h.failed(w, r, err)
	default:
		h.Committed()
		http.Redirect(w, r, checksBase+"?done="+loginui.NoticeChoiceSaved, http.StatusSeeOther)
	}
}

// choiceRefused says why a choice cannot be made: the firm does not offer it, the customer
// would be locked out by it, or something held back after a recovery would be loosened.
// What is kept as it was needs no offer.
func (h *Handler) choiceRefused(ctx context.Context, c visitor, policy assurance.Policy, name string, from, to idp.FactorChoice) (*loginui.Notice, error) {
	bad := func(code string) (*loginui.Notice, error) { return &loginui.Notice{Kind: loginui.Bad, Code: code}, nil }
	added := idp.FactorChoice{Anew: to.Anew && !from.Anew, TransactionPassword: to.TransactionPassword && !from.TransactionPassword}
	if to.Factor != from.Factor {
		added.Factor = to.Factor
	}
	if !policy.Allows(name, added, h.Now()) {
		return bad(loginui.NoticeChoiceRefused)
	}
	switch level := assurance.ChosenLevel(added.Factor); {
	case level == assurance.None || policy.Reaches(c.holdings, level):
	case added.Factor == idp.FactorPasskey:
		return bad(loginui.NoticeChoiceNeedsPasskey)
	default:
		return bad(loginui.NoticeChoiceNeedsTOTP)
	}
	if added.TransactionPassword {
		if h.Transaction == nil {
			return bad(loginui.NoticeChoiceRefused)
		}
		if held, err := h.Transaction.Held(ctx, c.account.ID); err != nil || held == nil {
			notice, _ := bad(loginui.NoticeChoiceNeedsTransaction)
			return notice, err
		}
	}
	if h.Now().Before(c.holdings.HeldUntil) && policy.Loosens(name, from, to) {
		return &loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeChoiceHeld, Until: c.holdings.HeldUntil}, nil
	}
	return nil, nil
}

// choose stores changed choices of the account as it was read, with their audit records and
// the mail to every address.
func (h *Handler) choose(r *http.Request, c visitor, account *idp.Account, changed idp.FactorChoices, loosens bool, reason string) error {
	event, kind := audit.FactorChoiceTightened, notify.FactorChoiceChanged
	if loosens {
		event, kind = audit.FactorChoiceLoosened, notify.FactorChoiceLoosened
	}
	all := maps.Clone(account.Choices)
	if all == nil {
		all = idp.FactorChoices{}
	}
	var records []idp.AuditRecord
	for name, to := range changed {
		all[name] = to
		if to == (idp.FactorChoice{}) {
			delete(all, name)
		}
		rec := h.event(c, event, map[string]string{"operation": name, "factor": to.Factor, "anew": strconv.FormatBool(to.Anew), "transaction_password": strconv.FormatBool(to.TransactionPassword)})
		rec.Reason = reason
		records = append(records, h.Fill(r.Context(), rec))
	}
	effects, err := h.effects(r, c, event, nil, kind, notify.Data{})
	if err != nil {
		return err
	}
	effects.Audit = records
	return h.Store.SetFactorChoices(r.Context(), account.ID, account.ChoicesVersion, all, effects)
}

func oneLessPasskey(held assurance.Holdings) assurance.Holdings {
	held.Passkeys--
	return held
}

func noTOTP(held assurance.Holdings) assurance.Holdings {
	held.TOTP = false
	return held
}

// strandedWithout lists the operations whose choice the customer could not meet after
// something is removed.
func (h *Handler) strandedWithout(c visitor, less func(assurance.Holdings) assurance.Holdings) []string {
	return h.Engine.Policy().Stranded(c.account.Choices, less(c.holdings))
}

// fallBack puts the factor of these operations back to the firm's rule, at the customer's
// explicit word. A change made meanwhile elsewhere is kept: it is read again.
func (h *Handler) fallBack(r *http.Request, c visitor, operations []string) error {
	if len(operations) == 0 {
		return nil
	}
	for range 3 {
		account, err := h.Store.Account(r.Context(), c.account.ID)
		if err != nil {
			return err
		}
		changed := idp.FactorChoices{}
		for _, name := range operations {
			to := account.Choices[name]
			to.Factor = idp.FactorFirm
			changed[name] = to
		}
		if err = h.choose(r, c, account, changed, true, "authenticator_removed"); !errors.Is(err, idp.ErrConflict) {
			return err
		}
	}
	return idp.ErrConflict
}
