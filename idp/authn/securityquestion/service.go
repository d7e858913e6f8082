package securityquestion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"sekisho/idp"
	"sekisho/idp/authn/password"
)

// Store keeps the answers. *storage.Store satisfies it.
type Store interface {
	SecurityAnswer(ctx context.Context, accountID string) (*idp.SecurityAnswer, error)
	SetSecurityAnswer(ctx context.Context, a idp.SecurityAnswer, effects idp.Effects) error
	UpgradeSecurityAnswer(ctx context.Context, accountID, oldHash, newHash string) error
}

// Question is one of the firm's questions. Its id stays when its words change.
type Question struct {
	ID   string
	Text map[string]string // by language
}

// In is the question in the language, else in Japanese.
func (q Question) In(lang string) string {
	if q.Text[lang] != "" {
		return q.Text[lang]
	}
	return q.Text["ja"]
}

// Service is safe for concurrent use.
type Service struct {
	Store     Store
	Hasher    *password.Hasher
	Now       func() time.Time
	Questions []Question
	Recovery  bool // an answer counts at a recovery
}

// An answer has at least two and at most fifty letters and digits.
const (
	minAnswer = 2
	maxAnswer = 50
)

// Held is the account's answer to a question that the firm still has, nil when there is
// none. A corporate account has none whatever is stored.
func (s *Service) Held(ctx context.Context, account *idp.Account) (*idp.SecurityAnswer, Question, error) {
	if account.Kind == idp.Corporate {
		return nil, Question{}, nil
	}
	held, err := s.Store.SecurityAnswer(ctx, account.ID)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, Question{}, nil
	}
	if err != nil {
		return nil, Question{}, err
	}
	q, ok := s.question(held.QuestionID)
	if !ok {
		return nil, Question{}, nil
	}
	return held, q, nil
}

// Missing reports whether the customer is to be asked to choose a question.
func (s *Service) Missing(ctx context.Context, account *idp.Account) (bool, error) {
	if account.Kind == idp.Corporate {
		return false, nil
	}
	held, _, err := s.Held(ctx, account)
	return held == nil, err
}

// Set stores an answer with its effects. idp.ErrRejected: no such question, an answer too
// short or too long, or a corporate account.
func (s *Service) Set(ctx context.Context, account *idp.Account, questionID, answer string, effects idp.Effects) error {
	_, known := s.question(questionID)
	plain := normal(answer)
	if n := utf8.RuneCountInString(plain); !known || n < minAnswer || n > maxAnswer || account.Kind == idp.Corporate {
		return fmt.Errorf("security answer: %w", idp.ErrRejected)
	}
	hash, err := s.Hasher.Hash(ctx, bound(questionID, plain))
	if err != nil {
		return err
	}
	return s.Store.SetSecurityAnswer(ctx, idp.SecurityAnswer{AccountID: account.ID, QuestionID: questionID, Hash: hash, SetAt: s.Now()}, effects)
}

// Verify compares an answer; idp.ErrRejected when it is wrong and when there is none to
// compare with, after one hash run either way. The caller has counted the attempt.
func (s *Service) Verify(ctx context.Context, account *idp.Account, answer string) error {
	held, q, err := s.Held(ctx, account)
	if err != nil {
		return err
	}
	if held == nil {
		held = &idp.SecurityAnswer{}
	}
	plain := normal(answer)
	if utf8.RuneCountInString(plain) > maxAnswer {
		plain = ""
	}
	ok, upgraded, err := s.Hasher.Verify(ctx, held.Hash, bound(q.ID, plain))
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("security answer: %w", idp.ErrRejected)
	}
	if upgraded == "" {
		return nil
	}
	return s.Store.UpgradeSecurityAnswer(ctx, account.ID, held.Hash, upgraded)
}

func (s *Service) question(id string) (Question, bool) {
	i := slices.IndexFunc(s.Questions, func(q Question) bool { return q.ID == id })
	if i < 0 {
		return Question{}, false
	}
	return s.Questions[i], true
}

// bound ties an answer to its question, so that the hash says nothing about another one.
func bound(questionID, plain string) string { return questionID + "\n" + plain }
