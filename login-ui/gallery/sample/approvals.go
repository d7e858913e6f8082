package sample

import (
	"time"

	loginui "sekisho/login-ui"
)

// masked is a card as it is shown without a fresh proof.
func masked(f loginui.Frame, amount, bank, number string) loginui.TransactionCard {
	card := deal(f)
	card.Lines = append([]loginui.TransactionLine(nil), card.Lines...)
	card.Lines[0].Value, card.Lines[1].Value, card.Lines[4].Value = amount, bank, number
	return card
}

// approved are the pages about what was approved before.
func approved() []Sample {
	used := func(f loginui.Frame) loginui.ApprovalItem {
		return loginui.ApprovalItem{ID: "avdvcajbyzzqyrrjnn66pq51f8", At: in(-41 * time.Minute), Transaction: masked(f, pick(f, "300,000円", "¥300,000"), "あけぼの銀行", "••••67"),
			Way: "passkey", Signed: true, State: loginui.ApprovalUsed, StateAt: in(-40 * time.Minute)}
	}
	order := func(f loginui.Frame) loginui.TransactionCard {
		return loginui.TransactionCard{Title: pick(f, "注文", "Order"), Client: pick(f, "青葉トレード", "Aoba Trade"), Lines: []loginui.TransactionLine{
			{Label: pick(f, "売買", "Side"), Value: pick(f, "買い", "Buy"), Large: true}, {Label: pick(f, "銘柄", "Instrument"), Value: "7203", Large: true}, {Label: pick(f, "数量", "Quantity"), Value: "1,000", Large: true},
		}}
	}
	return []Sample{
		page("approvals", func(f loginui.Frame) loginui.Page {
			app := used(f)
			app.Way, app.Signed, app.TransactionPassword, app.State = "totp", false, true, loginui.ApprovalOpen
			app.At, app.StateAt, app.Transaction = in(-time.Minute), in(9*time.Minute), masked(f, pick(f, "1,250,000円", "¥1,250,000"), "みどり銀行", "••••21")
			return loginui.Approvals{Frame: own(f), Items: []loginui.ApprovalItem{
				app, used(f),
				{ID: "3", At: in(-50 * time.Hour), Transaction: order(f), Way: "passkey", Signed: true, State: loginui.ApprovalExpired},
				{ID: "4", At: in(-72 * time.Hour), Transaction: masked(f, pick(f, "9,000,000円", "¥9,000,000"), "あけぼの銀行", "••••88"), Way: "passkey", Signed: true, State: loginui.ApprovalRevoked, StateAt: in(-71 * time.Hour)},
				{ID: "5", At: in(-400 * 24 * time.Hour), State: loginui.ApprovalGiven},
			}}
		}),
		page("approvals-empty", func(f loginui.Frame) loginui.Page { return loginui.Approvals{Frame: own(f)} }),
		page("approval", func(f loginui.Frame) loginui.Page {
			return loginui.ApprovalPage{Frame: own(f), Approval: used(f)}
		}),
		page("approval-full", func(f loginui.Frame) loginui.Page {
			p := loginui.ApprovalPage{Frame: own(f), Approval: used(f), Full: true}
			p.Approval.Transaction, p.Approval.TransactionPassword, p.Approval.Signed = deal(f), true, false
			return p
		}),
		page("approval-unworded", func(f loginui.Frame) loginui.Page {
			return loginui.ApprovalPage{Frame: own(f), Approval: loginui.ApprovalItem{ID: "5", At: in(-400 * 24 * time.Hour), State: loginui.ApprovalGiven}}
		}),
	}
}
