package mailbox

import (
	"os"
	"regexp"
	"testing"
)

func TestEveryTextExists(t *testing.T) {
	for _, name := range []string{"templates/list.html", "templates/mail.html"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\{\{t "([^"]+)"\}\}`).FindAllStringSubmatch(string(b), -1) {
			if pair := texts[m[1]]; pair[0] == "" || pair[1] == "" {
				t.Errorf("text %q is missing", m[1])
			}
		}
	}
}
