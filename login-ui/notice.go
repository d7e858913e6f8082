package loginui

import "strings"

// noticeView is a notice in words.
type noticeView struct {
	Kind   NoticeKind
	Code   string
	Title  string // what happened
	Detail string // what was not harmed and what to do next; "after" where the step comes first
	Field  string // id of the input it is about, or ""

	Reasons []string // why, point by point, between Title and Detail
}

// NoticeText gives a notice in words, for JSON answers to the page's script.
func (s *Site) NoticeText(lang string, n Notice) (title, detail string) {
	if lang != "en" {
		lang = "ja"
	}
	v, err := s.notice(lang, n)
	if err != nil {
		return s.fallback(lang), ""
	}
	return v.Title, v.Detail
}

func (s *Site) notice(lang string, n Notice) (*noticeView, error) {
	if n.Kind == "" {
		n.Kind = Bad
	}
	if !s.texts.has["notice."+n.Code+".what"] {
		n.Code = NoticeFailed
	}
	v := &noticeView{Kind: n.Kind, Code: n.Code, Field: noticeField[n.Code]}
	args := []any{"Clock", "", "Remaining", "", "Phone", whole(s.firm.HelpLine)}
	if !n.Until.IsZero() {
		remaining, err := s.left(lang, n.Until)
		if err != nil {
			return nil, err
		}
		args = []any{"Clock", s.clock(lang, n.Until), "Remaining", remaining, "Phone", whole(s.firm.HelpLine)}
	}
	say := func(part string) (string, error) {
		id := "notice." + n.Code + "." + part
		if !n.Until.IsZero() && s.texts.has[id+"_until"] {
			id += "_until"
		}
		if !s.texts.has[id] {
			return "", nil
		}
		return s.texts.say(lang, id, args...)
	}
	var err error
	if v.Title, err = say("what"); err != nil {
		return nil, err
	}
	var parts []string
	for _, part := range []string{"safe", "next", "after"} {
		text, err := say(part)
		if err != nil {
			return nil, err
		}
		if text != "" {
			parts = append(parts, text)
		}
	}
	if n.Left > 0 {
		text, err := s.texts.say(lang, "notice.left", "Count", n.Left)
		if err != nil {
			return nil, err
		}
		parts = append(parts, text)
	}
	if n.Reference != "" {
		text, err := s.texts.say(lang, "notice.reference", "Reference", plain(n.Reference))
		if err != nil {
			return nil, err
		}
		parts = append(parts, text)
	}
	v.Detail = strings.Join(parts, wordSpace(lang))
	return v, nil
}

// wordSpace stands between two sentences.
func wordSpace(lang string) string {
	if lang == "ja" {
		return ""
	}
	return " "
}
