package details

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Binding is everything a passkey signs when a customer approves a transaction.
type Binding struct {
	Nonce       []byte // 256 bits of the provider's, so that every challenge is new
	Details     []byte // canonical
	ClientID    string
	Subject     string
	Interaction string
	ShownAt     time.Time // when the challenge was made; whole seconds
}

// bindingLabel keeps these challenges apart from everything else that is hashed.
const bindingLabel = "sekisho transaction approval 1"

// Challenge is the WebAuthn challenge: the authenticator's signature covers it, so what it
// covers cannot be exchanged afterwards. Each part is preceded by its length, so that no two
// bindings come to the same bytes.
func (b Binding) Challenge() []byte {
	h := sha256.New()
	seconds := binary.BigEndian.AppendUint64(nil, uint64(b.ShownAt.Unix()))
	for _, part := range [][]byte{[]byte(bindingLabel), b.Nonce, Hash(b.Details), []byte(b.ClientID), []byte(b.Subject), []byte(b.Interaction), seconds} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}
