package spec

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are the chapters that OP-05 asks for, with what each must at least talk about.
var documents = map[string][]string{
	"DIVERGENCES.md":   {"OpenID Connect Core", "NIST SP 800-63B-4", "ASVS 6.3.6", "Web Authentication"},
	"ASSURANCE.md":     {"urn:sekisho:acr:email", "urn:sekisho:acr:mfa", "phr", "phrh", "pathways", "cooling", "deny"},
	"THROTTLING.md":    {"hard cap", "passkey", "proxy", "Retry-After"},
	"SESSIONS.md":      {"idle", "absolute", "NIST", "offline", "password changed", "passkey removed", "account frozen"},
	"TOKENS.md":        {"authorization code", "at+jwt", "sekisho_level", "client assertion"},
	"CRYPTO.md":        {"Argon2id", "AES-256-GCM", "KEK", "retiring", "JWKS"},
	"AUDIT.md":         {"audit/LOG.md"},
	"LETTERS.md":       {"cut-off", "stop code", "business day", "variation selector", "--identity", "--again", "sealed"},
	"NOTIFICATIONS.md": {"stop code", "notify:withdrawal", "Idempotency-Key", "202", "critical", "suspended"},
}

// TestDocuments proves OP-05: throttling and lockout, authentication pathways and their
// strengths, session lifetimes and deviations, token lifetimes, log and crypto inventory.
func TestDocuments(t *testing.T) {
	for name, words := range documents {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, word := range words {
			if !strings.Contains(string(text), word) {
				t.Errorf("%s says nothing about %q", name, word)
			}
		}
	}
}

var (
	markdownLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	markdownHeading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	notInAnchor     = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func anchors(text string) []string {
	var out []string
	for _, m := range markdownHeading.FindAllStringSubmatch(text, -1) {
		out = append(out, strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return out
}

// TestLinksLeadSomewhere follows every relative link of every document of the repository.
func TestLinksLeadSomewhere(t *testing.T) {
	followed := 0
	err := walk(func(path string) error {
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		for _, m := range markdownLink.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			target := filepath.Join(root, path)
			if file != "" {
				target = filepath.Join(root, filepath.Dir(path), file)
			}
			followed++
			content, err := os.ReadFile(target)
			if stat, statErr := os.Stat(target); statErr == nil && stat.IsDir() {
				continue
			}
			if err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			} else if anchor != "" && !slices.Contains(anchors(string(content)), anchor) {
				t.Errorf("%s links to %s, which has no such heading", path, m[1])
			}
		}
		return nil
	})
	if err != nil || followed == 0 {
		t.Fatalf("followed %d links: %v", followed, err)
	}
}
