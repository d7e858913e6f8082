package passkey

import (
	"context"
	_ "embed" // provider names
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"sekisho/idp"
)

// maxName is the longest name of a passkey, user or display name, in code points; WebAuthn
// 6.4.1 lets authenticators cut at 64 bytes, and where they cut is theirs to say.
const maxName = 64

// CleanName makes a customer's word for a passkey presentable: NFC, one line, no invisible
// characters, at most 64 code points. It may come back empty.
func CleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, norm.NFC.String(name[:min(len(name), 16*maxName)]))
	return clip(strings.Join(strings.Fields(name), " "))
}

// Rename stores the customer's word for a passkey of the account (D9). An empty word is
// idp.ErrRejected; another account's passkey idp.ErrNotFound.
func (s *Service) Rename(ctx context.Context, accountID, id, name string) error {
	name = CleanName(name)
	if name == "" {
		return fmt.Errorf("passkey: empty name: %w", idp.ErrRejected)
	}
	return s.o.Store.RenamePasskey(ctx, accountID, id, name)
}

func clip(s string) string {
	if runes := []rune(s); len(runes) > maxName {
		return string(runes[:maxName])
	}
	return s
}

//go:embed data/aaguids.txt
var aaguidsFile string

var providers = sync.OnceValue(func() map[string]string {
	names := make(map[string]string)
	for line := range strings.Lines(aaguidsFile) {
		if id, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			names[id] = name
		}
	}
	return names
})

// ProviderName is the published name of a passkey provider or authenticator model, "" when
// it is not known or the authenticator keeps it to itself. It is a label: without
// attestation anybody can claim any AAGUID.
func ProviderName(aaguid []byte) string { return providers()[AAGUIDText(aaguid)] }

// AAGUIDText is the usual text form, "" for anything that is not 16 bytes.
func AAGUIDText(aaguid []byte) string {
	if len(aaguid) != 16 {
		return ""
	}
	h := hex.EncodeToString(aaguid)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
