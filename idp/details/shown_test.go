package details

import (
	"errors"
	"testing"

	"sekisho/idp"
)

// RA-02: what no line of the page shows is not approved, also where a schema would take it.
func TestWhatIsNotShownIsNotTaken(t *testing.T) {
	open, err := NewRegistry([]Type{{Name: "transfer", Schema: `{}`, Fields: []Field{{Name: "amount", Format: "yen"}, {Name: "to.number", Format: "account"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.Read([]byte(`[{"type":"transfer","amount":1,"to":{"number":"1234567"}}]`)); err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{
		`[{"type":"transfer","amount":1,"note":"x"}]`, `[{"type":"transfer","amount":1,"to":{"number":"1234567","bank":"x"}}]`, `[{"type":"transfer","amount":1,"number":"1234567"}]`,
		`[{"type":"transfer","amount":{"amount":1}}]`, `[{"type":"transfer","amount":1,"Amount":2}]`, `[{"type":"transfer","amount":1,"amounts":{"a":2}}]`,
	} {
		if _, err := open.Read([]byte(raw)); !errors.Is(err, idp.ErrRejected) {
			t.Errorf("RA-02 %s: %v", raw, err)
		}
	}
}
