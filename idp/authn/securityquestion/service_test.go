package securityquestion

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sekisho/idp"
	"sekisho/idp/authn/password"
)

func TestNormal(t *testing.T) {
	for _, same := range [][]string{
		{"ポチ", "ぽち", "ﾎﾟﾁ", " ポ チ ", "ポチ。"},
		{"Tokyo Station", "tokyostation", "ＴＯＫＹＯ　ＳＴＡＴＩＯＮ", "Tokyo-Station"},
		{"らーめん", "ラーメン", "ﾗｰﾒﾝ"},
	} {
		for _, other := range same[1:] {
			if normal(other) != normal(same[0]) {
				t.Errorf("A5: %q is %q, %q is %q", same[0], normal(same[0]), other, normal(other))
			}
		}
	}
	for _, different := range [][2]string{{"ポチ", "ボチ"}, {"がく", "かく"}, {"1", "2"}} {
		if normal(different[0]) == normal(different[1]) {
			t.Errorf("A5: %q and %q are one", different[0], different[1])
		}
	}
}

type rows map[string]idp.SecurityAnswer

func (r rows) SecurityAnswer(_ context.Context, id string) (*idp.SecurityAnswer, error) {
	a, ok := r[id]
	if !ok {
		return nil, idp.ErrNotFound
	}
	return &a, nil
}

func (r rows) SetSecurityAnswer(_ context.Context, a idp.SecurityAnswer, _ idp.Effects) error {
	r[a.AccountID] = a
	return nil
}

func (r rows) UpgradeSecurityAnswer(_ context.Context, id, oldHash, newHash string) error {
	if a := r[id]; a.Hash == oldHash {
		a.Hash = newHash
		r[id] = a
	}
	return nil
}

func TestAnswers(t *testing.T) {
	cost := password.HasherOptions{MemoryKiB: 64, Passes: 1, Threads: 1, PepperID: "1", Peppers: map[string][]byte{"1": []byte("0123456789abcdef"), "2": []byte("fedcba9876543210")}}
	hasher, err := password.NewHasher(cost)
	if err != nil {
		t.Fatal(err)
	}
	kept := rows{}
	s := &Service{Store: kept, Hasher: hasher, Now: time.Now, Questions: []Question{{ID: "pet", Text: map[string]string{"ja": "ペットの名前は"}}, {ID: "town"}}}
	me, firm := &idp.Account{ID: "me", Kind: idp.Personal}, &idp.Account{ID: "firm", Kind: idp.Corporate}
	rejected := func(err error) bool { return errors.Is(err, idp.ErrRejected) }
	for name, err := range map[string]error{
		"no such question": s.Set(t.Context(), me, "car", "ポチ丸", idp.Effects{}),
		"too short":        s.Set(t.Context(), me, "pet", " ポ ! ", idp.Effects{}),
		"too long":         s.Set(t.Context(), me, "pet", strings.Repeat("ポ", 51), idp.Effects{}),
		"corporate":        s.Set(t.Context(), firm, "pet", "ポチ丸", idp.Effects{}),
		"none to compare":  s.Verify(t.Context(), me, "ポチ丸"),
	} {
		if !rejected(err) {
			t.Errorf("A5 %s: %v", name, err)
		}
	}
	if err := s.Set(t.Context(), me, "pet", "ポチ 丸", idp.Effects{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(kept["me"].Hash, "ぽち") || !strings.Contains(kept["me"].Hash, "$argon2id$") {
		t.Errorf("A5: stored as %q", kept["me"].Hash)
	}
	if err := s.Verify(t.Context(), me, "ﾎﾟﾁ丸"); err != nil {
		t.Errorf("A5: %v", err)
	}
	for _, wrong := range []string{"ポチ", "", "pet\nぽち丸", strings.Repeat("ポ", 4000)} {
		if err := s.Verify(t.Context(), me, wrong); !rejected(err) {
			t.Errorf("A5 %.10q: %v", wrong, err)
		}
	}
	moved := kept["me"]
	moved.QuestionID = "town"
	kept["me"] = moved
	if err := s.Verify(t.Context(), me, "ポチ丸"); !rejected(err) {
		t.Errorf("A5: the answer to one question is right for another: %v", err)
	}
	moved.QuestionID = "pet"
	kept["me"] = moved
	cost.PepperID = "2"
	if s.Hasher, err = password.NewHasher(cost); err != nil {
		t.Fatal(err)
	}
	before := kept["me"].Hash
	if err := s.Verify(t.Context(), me, "ポチ丸"); err != nil || kept["me"].Hash == before {
		t.Errorf("A5: a hash under an old pepper is not renewed: %v", err)
	}
	s.Questions = s.Questions[1:]
	if missing, err := s.Missing(t.Context(), me); err != nil || !missing {
		t.Errorf("A5: a question the firm gave up still counts: %v", err)
	}
	if missing, err := s.Missing(t.Context(), firm); err != nil || missing {
		t.Errorf("A8: a corporate account is asked: %v", err)
	}
}
