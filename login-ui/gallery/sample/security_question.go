package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

func questions() []Sample {
	choose := func(f loginui.Frame) loginui.SecurityQuestion {
		return loginui.SecurityQuestion{Frame: f, Action: f.Base + "/security-question", Questions: []loginui.QuestionChoice{
			{ID: "first_school", Text: pick(f, "通っていた小学校の名前は何ですか", "What was your primary school called?")},
			{ID: "pet", Text: pick(f, "はじめて飼ったペットの名前は何ですか", "What was your first pet called?")},
			{ID: "town", Text: pick(f, "ご両親が出会った街はどこですか", "In which town did your parents meet?")},
		}}
	}
	return []Sample{
		page("security-question", func(f loginui.Frame) loginui.Page {
			p := choose(client(f))
			p.Later = true
			return p
		}),
		page("security-question-required", func(f loginui.Frame) loginui.Page { return choose(client(f)) }),
		page("security-question-change", func(f loginui.Frame) loginui.Page {
			p := choose(with(own(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeAnswerRefused}))
			p.Own, p.Change = true, true
			return p
		}),
		page("security-with-question", func(f loginui.Frame) loginui.Page {
			s := security(f).(loginui.Security)
			s.Question = &loginui.QuestionItem{SetAt: in(-30 * 24 * time.Hour)}
			return s
		}),
		page("security-without-question", func(f loginui.Frame) loginui.Page {
			s := security(f).(loginui.Security)
			s.Question = &loginui.QuestionItem{}
			return s
		}),
		page("recover-proof-question", func(f loginui.Frame) loginui.Page {
			f = with(recovering(f), loginui.Notice{Kind: loginui.Bad, Code: loginui.NoticeAnswerWrong, Left: 2})
			return loginui.RecoverProof{Frame: f, Question: pick(f, "はじめて飼ったペットの名前は何ですか", "What was your first pet called?")}
		}),
	}
}
