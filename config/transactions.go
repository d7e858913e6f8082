package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Transaction is one type of transaction that relying parties may ask customers to approve.
type Transaction struct {
	Operation   string             `koanf:"operation" validate:"required" doc:"The operation of assurance.operations that approving it is. It is asked for anew each time."`
	Name        Text               `koanf:"name" doc:"What customers call it, by language."`
	Once        bool               `koanf:"once" doc:"Whether its access token is good for one act, which the resource server uses up."`
	Unprotected bool               `koanf:"unprotected" doc:"Whether it is also taken as plain parameters through the browser. Off: it must be pushed, or signed by the client."`
	Schema      string             `koanf:"schema" validate:"required" doc:"JSON Schema of the object, as JSON. It refers to no other document."`
	Fields      []TransactionField `koanf:"fields" validate:"min=1,dive" doc:"What the page shows, in order. A request with a member that is not among them is refused."`
}

// TransactionField is how one member is shown.
type TransactionField struct {
	Name   string          `koanf:"name" validate:"required" doc:"The member, with dots for those inside of another: payee.number."`
	Label  Text            `koanf:"label" doc:"What it is called on the page, by language."`
	Format string          `koanf:"format" validate:"oneof=text yen number account account_masked date word" doc:"text, yen and number (with separators), account (digits), account_masked (the last three), date (2026-10-01) or word."`
	Large  bool            `koanf:"large" doc:"Whether it stands out: amount and destination."`
	Words  map[string]Text `koanf:"words" doc:"With the format word: what each value is called, by language."`
}

func defaultTransactions() map[string]Transaction {
	text := func(name, ja, en string) TransactionField {
		return TransactionField{Name: name, Label: Text{"ja": ja, "en": en}, Format: "text"}
	}
	account := func(under string) []TransactionField {
		number := text(under+"number", "口座番号", "Account number")
		number.Format, number.Large = "account", true
		kind := text(under+"kind", "預金の種類", "Account type")
		kind.Format = "word"
		kind.Words = map[string]Text{"ordinary": {"ja": "普通", "en": "Ordinary"}, "current": {"ja": "当座", "en": "Current"}, "savings": {"ja": "貯蓄", "en": "Savings"}}
		bank := text(under+"bank", "金融機関", "Bank")
		bank.Large = true
		return []TransactionField{bank, text(under+"branch", "支店", "Branch"), kind, number, text(under+"holder", "口座名義", "Account holder")}
	}
	amount := text("amount", "出金額", "Amount")
	amount.Format, amount.Large = "yen", true
	side := text("side", "売買", "Side")
	side.Format, side.Large, side.Words = "word", true, map[string]Text{"buy": {"ja": "買い", "en": "Buy"}, "sell": {"ja": "売り", "en": "Sell"}}
	instrument, quantity, price := text("instrument", "銘柄", "Instrument"), text("quantity", "数量", "Quantity"), text("limit", "指値", "Limit price")
	instrument.Large, quantity.Format, quantity.Large, price.Format = true, "number", true, "yen"
	return map[string]Transaction{
		"withdrawal": {Operation: "withdrawal", Name: Text{"ja": "出金", "en": "Withdrawal"}, Once: true, Schema: withdrawalSchema,
			Fields: append([]TransactionField{amount}, account("destination.")...)},
		"payout_account_change": {Operation: "payout_account_change", Name: Text{"ja": "出金先口座の変更", "en": "Change of payout account"}, Once: true,
			Schema: payoutSchema, Fields: account("account.")},
		"order": {Operation: "trade", Name: Text{"ja": "注文", "en": "Order"}, Once: true, Schema: orderSchema,
			Fields: []TransactionField{side, instrument, quantity, price}},
	}
}

const bankAccountSchema = `{"type":"object","additionalProperties":false,"required":["bank","number","holder"],"properties":{` +
	`"bank":{"type":"string","maxLength":40},"branch":{"type":"string","maxLength":40},"kind":{"enum":["ordinary","current","savings"]},` +
	`"number":{"type":"string","pattern":"^[0-9]{4,14}$"},"holder":{"type":"string","maxLength":60}}}`

const withdrawalSchema = `{"type":"object","additionalProperties":false,"required":["type","amount","destination"],"properties":{` +
	`"type":{"const":"withdrawal"},"amount":{"type":"integer","minimum":1,"maximum":999999999999},"destination":` + bankAccountSchema + `}}`

const payoutSchema = `{"type":"object","additionalProperties":false,"required":["type","account"],"properties":{` +
	`"type":{"const":"payout_account_change"},"account":` + bankAccountSchema + `}}`

const orderSchema = `{"type":"object","additionalProperties":false,"required":["type","side","instrument","quantity"],"properties":{` +
	`"type":{"const":"order"},"side":{"enum":["buy","sell"]},"instrument":{"type":"string","maxLength":60},` +
	`"quantity":{"type":"integer","minimum":1,"maximum":999999999},"limit":{"type":"integer","minimum":1,"maximum":999999999}}}`

// checkTransactions: a type that nobody can approve, or that a page cannot show, is a mistake
// in its definition.
func (c *Config) checkTransactions() (problems Problems) {
	for _, name := range slices.Sorted(maps.Keys(c.Transactions)) {
		t, at := c.Transactions[name], "transactions."+name
		if _, known := c.Assurance.Operations[t.Operation]; !known || t.Operation == "authenticator_change" {
			problems.add(at+".operation", fmt.Sprintf("is %q, which is no operation that can be approved", t.Operation), "name one of assurance.operations")
		}
		if err := schemaProblem(t.Schema); err != nil {
			problems.add(at+".schema", "is no JSON Schema: "+err.Error(), "")
		}
		problems = append(problems, t.texts(at, c.Languages)...)
	}
	return problems
}

func (t Transaction) texts(at string, languages []string) (problems Problems) {
	lacks := func(key string, text Text) {
		for _, lang := range languages {
			if strings.TrimSpace(text[lang]) == "" {
				problems.add(key+"."+lang, "is missing", "write it: customers approve what they read")
			}
		}
	}
	lacks(at+".name", t.Name)
	seen := map[string]bool{}
	for i, f := range t.Fields {
		field := fmt.Sprintf("%s.fields.%d", at, i)
		lacks(field+".label", f.Label)
		if seen[f.Name] {
			problems.add(field+".name", fmt.Sprintf("%q is listed twice", f.Name), "list each member once")
		}
		seen[f.Name] = true
		if (f.Format == "word") != (len(f.Words) > 0) {
			problems.add(field+".words", "belongs to the format word, and to no other", "list what each value is called, or choose another format")
		}
		for _, value := range slices.Sorted(maps.Keys(f.Words)) {
			lacks(field+".words."+value, f.Words[value])
		}
	}
	return problems
}

type noSchemaLoader struct{}

func (noSchemaLoader) Load(string) (any, error) {
	return nil, fmt.Errorf("it refers to another document")
}

func schemaProblem(schema string) error {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noSchemaLoader{})
	if err := compiler.AddResource("urn:sekisho:transaction", doc); err != nil {
		return err
	}
	_, err = compiler.Compile("urn:sekisho:transaction")
	return err
}
