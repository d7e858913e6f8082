package keys

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
)

// ErrKEK: the key-encryption keyset cannot be used. The text never quotes it.
var ErrKEK = errors.New("key-encryption keyset is unusable")

// NewKEK returns a fresh key-encryption keyset with one key: one printable line in Tink's
// JSON form. It is a secret; it belongs in a file of mode 0600 or in a secret store, never
// in the database it protects.
func NewKEK() ([]byte, error) {
	handle, err := keyset.NewHandle(prf.HKDFSHA256PRFKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKEK, err)
	}
	return printKEK(handle)
}

// KEKKey names one key inside a KEK. It holds nothing secret.
type KEKKey struct {
	ID      uint32
	Primary bool
}

// AddKEK returns the keyset with one more key that is not primary yet, and that key's id.
// A KEK is rotated in this order, so that no node ever meets a value it cannot open: give
// every node the keyset with the added key, promote the key and give it to every node
// again, rewrap what is stored, and only then drop the old key.
func AddKEK(kek []byte) (next []byte, id uint32, err error) {
	m, err := kekManager(kek)
	if err != nil {
		return nil, 0, err
	}
	if id, err = m.Add(prf.HKDFSHA256PRFKeyTemplate()); err != nil {
		return nil, 0, fmt.Errorf("%w: %v", ErrKEK, err)
	}
	next, err = finishKEK(m)
	return next, id, err
}

// PromoteKEK returns the keyset with the named key as primary: the one that seals.
func PromoteKEK(kek []byte, id uint32) ([]byte, error) {
	m, err := kekManager(kek)
	if err != nil {
		return nil, err
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("%w: no such key", ErrKEK)
	}
	return finishKEK(m)
}

// DropKEK returns the keyset without the named key. The primary key cannot be dropped.
// Whatever is still sealed under the dropped key is lost: rewrap first.
func DropKEK(kek []byte, id uint32) ([]byte, error) {
	m, err := kekManager(kek)
	if err != nil {
		return nil, err
	}
	if err := m.Delete(id); err != nil {
		return nil, fmt.Errorf("%w: the key is primary or not in the set", ErrKEK)
	}
	return finishKEK(m)
}

// KEKKeys lists the keys of a KEK in the keyset's order.
func KEKKeys(kek []byte) ([]KEKKey, error) {
	handle, err := parseKEK(kek)
	if err != nil {
		return nil, err
	}
	info := handle.KeysetInfo()
	out := make([]KEKKey, 0, len(info.GetKeyInfo()))
	for _, k := range info.GetKeyInfo() {
		out = append(out, KEKKey{ID: k.GetKeyId(), Primary: k.GetKeyId() == info.GetPrimaryKeyId()})
	}
	return out, nil
}

func parseKEK(kek []byte) (*keyset.Handle, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(kek)))
	if err != nil {
		return nil, ErrKEK // a parser's own words could quote the secret
	}
	return handle, nil
}

func kekManager(kek []byte) (*keyset.Manager, error) {
	handle, err := parseKEK(kek)
	if err != nil {
		return nil, err
	}
	return keyset.NewManagerFromHandle(handle), nil
}

func finishKEK(m *keyset.Manager) ([]byte, error) {
	handle, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKEK, err)
	}
	return printKEK(handle)
}

func printKEK(handle *keyset.Handle) ([]byte, error) {
	var out bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&out)); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKEK, err)
	}
	return append(bytes.TrimSpace(out.Bytes()), '\n'), nil
}
