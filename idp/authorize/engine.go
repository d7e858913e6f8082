package authorize

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"sekisho/idp"
	"sekisho/idp/assurance"
	"sekisho/idp/oidc"
	"sekisho/idp/pairwise"
	"sekisho/idp/session"
)

// Store is what working off an interaction needs. Each method is atomic; see storage.
type Store interface {
	CreateInteraction(ctx context.Context, ix idp.Interaction) error
	Interaction(ctx context.Context, id string) (*idp.Interaction, error)
	SaveInteraction(ctx context.Context, ix *idp.Interaction) error
	FinishInteraction(ctx context.Context, id string, version int, at time.Time, effects idp.Effects) error
	Consent(ctx context.Context, accountID, clientID string) (*idp.Consent, error)
	HoldingsStore
	IssueStore
	ProlongStore
	DeviceStore
}

// Clients finds a registered client; the implementation caches.
type Clients interface {
	Client(ctx context.Context, id string) (*idp.Client, error)
}

// Limits are the times an interaction and what it leads to may last.
type Limits struct {
	// Use is what each kind of account may use (E7); nil: everything.
	Use         map[idp.AccountKind]assurance.Use
	Interaction time.Duration // to finish it
	Code        time.Duration // to redeem the authorization code (AZ-27)
	Grant       time.Duration // absolute life of everything under a grant (RT-08)
	EnrolFresh  time.Duration // how recent the sign-in before an enrolment must be (PG-16)
	Passkeys    int           // per account (D5)
}

// Engine works off interactions.
type Engine struct {
	Store    Store
	Clients  Clients
	Sessions *session.Sessions
	Browser  session.Jar // the binding cookie
	Policy   func() assurance.Policy
	Limits   Limits
	Now      func() time.Time
	// FourDigits: a transaction password of four digits is still taken (A2).
	FourDigits bool
	// Questions are asked after a sign-in (A5); QuestionRequired: they cannot be put off.
	Questions        Questions
	Receipts         Receipts
	QuestionRequired bool
	CheckEnrolment   bool // see Input
	// Fill completes an audit record from the request.
	Fill func(ctx context.Context, rec idp.AuditRecord) idp.AuditRecord
	// Subjects says by what a client knows an account.
	Subjects *pairwise.Subjects
}

// OwnRequest is what one of the provider's own pages asks for. Page is a key of the
// settings pages' table, never a URL, so there is nothing to redirect openly (HD-07).
type OwnRequest struct {
	Page         string   `json:"page"`
	Param        string   `json:"param,omitempty"` // one path segment, e.g. a passkey id
	ACRValues    []string `json:"acr_values,omitempty"`
	EnrolPasskey bool     `json:"enrol_passkey,omitempty"`
	Fresh        bool     `json:"fresh,omitempty"` // asks for the provider's own authenticator_change operation
}

// Visit is one request's view of an interaction, with the step that comes next.
type Visit struct {
	Interaction *idp.Interaction
	Request     *oidc.AuthorizationRequest // nil for own pages
	Own         *OwnRequest                // nil for authorization requests
	Client      *idp.Client                // nil for own pages
	Session     *idp.Session
	Account     *idp.Account // the session's
	Progress    Progress
	Input       Input
	Step        Step
}

// Errors of Open. Both are shown as "this page is no longer valid", never as what they are.
var (
	ErrForeignBrowser = errors.New("interaction belongs to another browser")
	ErrFinished       = errors.New("interaction is finished")
)

// OpenKind loads a live interaction of some kind for the browser that began it (AZ-33).
func (e *Engine) OpenKind(r *http.Request, id string, kinds ...idp.InteractionKind) (*idp.Interaction, error) {
	ix, err := e.Store.Interaction(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(kinds, ix.Kind) {
		return nil, idp.ErrNotFound
	}
	binding := e.Browser.Get(r)
	if binding == "" || subtle.ConstantTimeCompare(idp.HashSecret(binding), ix.BrowserHash) != 1 {
		return nil, ErrForeignBrowser
	}
	if !ix.FinishedAt.IsZero() {
		return nil, ErrFinished
	}
	if !e.Now().Before(ix.ExpiresAt) {
		return nil, idp.ErrExpired
	}
	return ix, nil
}

// Open loads an interaction that is worked off at the interaction pages, with the step
// that comes next.
func (e *Engine) Open(r *http.Request, id string) (*Visit, error) {
	ix, err := e.OpenKind(r, id, idp.InteractionAuthorize, idp.InteractionOwn)
	if err != nil {
		return nil, err
	}
	sess, account, err := e.Sessions.Current(r)
	if err != nil {
		return nil, err
	}
	v := &Visit{Interaction: ix, Progress: ProgressOf(ix), Session: sess, Account: account}
	if account != nil {
		v.Progress.SpeakOf(account.ID)
	}
	if err := e.decode(r.Context(), v); err != nil {
		return nil, err
	}
	return v, e.Decide(r.Context(), v)
}

func (e *Engine) decode(ctx context.Context, v *Visit) error {
	if v.Interaction.Kind == idp.InteractionOwn {
		v.Own = &OwnRequest{}
		return json.Unmarshal(v.Interaction.Request, v.Own)
	}
	v.Request = &oidc.AuthorizationRequest{}
	if err := json.Unmarshal(v.Interaction.Request, v.Request); err != nil {
		return fmt.Errorf("stored authorization request: %w", err)
	}
	client, err := e.Clients.Client(ctx, v.Interaction.ClientID)
	if err != nil {
		return err
	}
	if client.Disabled {
		return fmt.Errorf("client %s is disabled: %w", client.ID, idp.ErrRevoked)
	}
	if err := stillRegistered(v, client); err != nil {
		return err
	}
	v.Client = client
	return nil
}

// stillRegistered holds a visit against the registration as it is now; it was right when the
// visit began.
func stillRegistered(v *Visit, client *idp.Client) error {
	switch {
	case v.Device() != nil && !client.HasGrant(oidc.GrantDeviceCode):
		return fmt.Errorf("client %s connects devices no more: %w", client.ID, idp.ErrRevoked)
	case v.Device() == nil && !oidc.MatchRedirectURI(client, v.Request.RedirectURI):
		return fmt.Errorf("client %s gave the redirect URI up: %w", client.ID, idp.ErrRevoked)
	}
	return nil
}

// StepsUp reports whether a ceremony finished now must be of the customer who is signed
// in (SU-06). It need not be when that customer asked for another account, or when the
// request is about somebody else (AZ-21, AZ-22).
func (v *Visit) StepsUp() bool {
	return v.Session != nil && !v.Progress.Switch && v.Input.Demand.allows(v.Input.subject())
}

// Decide computes the next step of a visit from what is stored now.
func (e *Engine) Decide(ctx context.Context, v *Visit) error {
	in := Input{Progress: v.Progress, Session: v.Session, Account: v.Account, Policy: e.policyOf(v), Firm: e.Policy().SignIn, Now: e.Now(), CheckEnrolment: e.CheckEnrolment}
	in.Demand = demandOfVisit(v)
	in.Demand.Interaction = v.Interaction.ID
	if in.Demand.Approve != "" {
		in.Policy = askedAnew(in.Policy, in.Demand.Approve)
	}
	var err error
	if v.Session != nil {
		if v.Client != nil {
			in.Subject = e.Subjects.Subject(v.Client, v.Account.Subject)
		}
		admitted := *v.Session
		admitted.Events = e.Use(v.Account.Kind).Admit(v.Session.Events)
		in.Session = &admitted
		if err = e.missingQuestion(ctx, v, &in); err != nil {
			return err
		}
		if v.Own != nil || in.Question.Missing || in.holdingsMatter() {
			if in.Holdings, err = HoldingsOf(ctx, e.Store, v.Account.ID, e.Limits.Passkeys, in.Now); err != nil {
				return err
			}
			in.Holdings = e.Use(v.Account.Kind).Restrict(in.Holdings)
			in.Enrol = EnrolRequirement(in.Holdings, e.Limits.EnrolFresh)
		}
		if v.Own != nil && v.Own.Fresh {
			in.Policy = withOperation(e.Policy(), EnrolOperation, in.Enrol)
		}
		if err = e.heldTransaction(ctx, v, &in); err != nil {
			return err
		}
		if v.Client != nil {
			if in.Consent, err = e.consentInput(ctx, v, in.Demand); err != nil {
				return err
			}
		}
	}
	v.Input = in
	v.Step = Next(in)
	v.Step.Approves = v.approves()
	return e.together(ctx, v)
}

func demandOfVisit(v *Visit) Demand {
	if v.Own != nil {
		d := Demand{ACRValues: v.Own.ACRValues, EnrolPasskey: v.Own.EnrolPasskey, Since: v.Interaction.CreatedAt}
		if v.Own.Fresh {
			d.ACRValues = []string{assurance.OperationPrefix + EnrolOperation}
		}
		return d
	}
	return demandOf(v.Request, v.Interaction.CreatedAt)
}

func (e *Engine) consentInput(ctx context.Context, v *Visit, d Demand) (ConsentInput, error) {
	in := ConsentInput{
		Needed: !v.Client.Metadata.FirstParty || d.Consent,
		Print:  Fingerprint(v.Client, v.Request.Claims),
	}
	if !in.Needed {
		return in, nil
	}
	remembered, err := e.Store.Consent(ctx, v.Account.ID, v.Client.ID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return in, err
	}
	in.Remembered = remembered
	return in, nil
}

// Save writes a visit's progress; idp.ErrConflict when another request was faster.
func (e *Engine) Save(ctx context.Context, v *Visit) error {
	v.Interaction.Progress = v.Progress.Encode()
	return e.Store.SaveInteraction(ctx, v.Interaction)
}

// withOperation is policy with one more operation; the shared map is not touched.
func withOperation(p assurance.Policy, name string, op assurance.OperationPolicy) assurance.Policy {
	ops := make(map[string]assurance.OperationPolicy, len(p.Operations)+1)
	for k, v := range p.Operations {
		ops[k] = v
	}
	ops[name] = op
	p.Operations = ops
	return p
}
