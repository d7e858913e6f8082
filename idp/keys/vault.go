package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	aeadsubtle "github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/prf"
)

// ErrSealed: a sealed value does not open: wrong purpose, wrong context, altered, or
// sealed under a key this KEK no longer holds.
var ErrSealed = errors.New("sealed value does not open")

// sealVersion starts every sealed value; a change of format takes the next number.
const sealVersion = 1

// headerSize is the version and the KEK key id in front of nonce and ciphertext.
const headerSize = 1 + 4

// Vault seals values for the database and authenticates short strings. It is safe for
// concurrent use.
type Vault struct {
	primary  uint32
	purposes map[Purpose]map[uint32]*purposeKey
}

// purposeKey is what one KEK key gives to one purpose.
type purposeKey struct {
	aead *aeadsubtle.AESGCM
	mac  []byte
}

// OpenVault derives every purpose's keys from a KEK made by NewKEK. It returns ErrKEK for
// anything else.
func OpenVault(kek []byte) (*Vault, error) {
	handle, err := parseKEK(kek)
	if err != nil {
		return nil, err
	}
	set, err := prf.NewPRFSet(handle)
	if err != nil {
		return nil, fmt.Errorf("%w: not a set of derivation keys", ErrKEK)
	}
	v := &Vault{primary: set.PrimaryID, purposes: map[Purpose]map[uint32]*purposeKey{}}
	for _, p := range Purposes() {
		v.purposes[p] = make(map[uint32]*purposeKey, len(set.PRFs))
		for id, f := range set.PRFs {
			if v.purposes[p][id], err = derivePurposeKey(f, p); err != nil {
				return nil, fmt.Errorf("%w: %v", ErrKEK, err)
			}
		}
	}
	return v, nil
}

func derivePurposeKey(f prf.PRF, p Purpose) (*purposeKey, error) {
	raw, err := f.ComputePRF([]byte("sekisho/1/aead/"+string(p)), 32)
	if err != nil {
		return nil, err
	}
	aead, err := aeadsubtle.NewAESGCM(raw)
	if err != nil {
		return nil, err
	}
	mac, err := f.ComputePRF([]byte("sekisho/1/mac/"+string(p)), 32)
	if err != nil {
		return nil, err
	}
	return &purposeKey{aead: aead, mac: mac}, nil
}

// Seal encrypts plain with AES-256-GCM under the purpose's primary key and a random
// 96-bit nonce. context names where the value lives (table, row, column); it is
// authenticated, not stored, and Open must be given the same one, so that a sealed value
// copied to another row does not open there (TL-05).
func (v *Vault) Seal(p Purpose, context string, plain []byte) ([]byte, error) {
	key := v.purposes[p][v.primary]
	if key == nil {
		return nil, fmt.Errorf("keys: no key for purpose %q", p)
	}
	ciphertext, err := key.aead.Encrypt(plain, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("keys: seal: %w", err)
	}
	out := make([]byte, headerSize, headerSize+len(ciphertext))
	out[0] = sealVersion
	binary.BigEndian.PutUint32(out[1:], v.primary)
	return append(out, ciphertext...), nil
}

// Open reverses Seal under whichever KEK key sealed the value. Every failure is ErrSealed.
func (v *Vault) Open(p Purpose, context string, sealed []byte) ([]byte, error) {
	id, ok := sealedUnder(sealed)
	if !ok {
		return nil, ErrSealed
	}
	key := v.purposes[p][id]
	if key == nil {
		return nil, ErrSealed
	}
	plain, err := key.aead.Decrypt(sealed[headerSize:], []byte(context))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Rewrap seals a value again under the primary KEK key. changed is false, and the value
// is returned as it was, when the primary key already holds it.
func (v *Vault) Rewrap(p Purpose, context string, sealed []byte) (again []byte, changed bool, err error) {
	if id, ok := sealedUnder(sealed); ok && id == v.primary {
		return sealed, false, nil
	}
	plain, err := v.Open(p, context, sealed)
	if err != nil {
		return nil, false, err
	}
	again, err = v.Seal(p, context, plain)
	return again, err == nil, err
}

func sealedUnder(sealed []byte) (id uint32, ok bool) {
	if len(sealed) < headerSize || sealed[0] != sealVersion {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:headerSize]), true
}

// MAC returns a 32-byte HMAC-SHA-256 over the parts under the purpose's primary key. The
// parts are length-prefixed: ("ab","c") and ("a","bc") differ. The purpose must be one of
// Purposes; another one is a mistake in the program and stops it.
func (v *Vault) MAC(p Purpose, parts ...[]byte) []byte {
	key := v.purposes[p][v.primary]
	if key == nil {
		panic(fmt.Sprintf("keys: no key for purpose %q", p))
	}
	return macOver(key.mac, parts)
}

// VerifyMAC reports in constant time whether mac was made over the parts for the purpose,
// under the primary key or an older key that is still in the KEK.
func (v *Vault) VerifyMAC(p Purpose, mac []byte, parts ...[]byte) bool {
	found := false
	for _, key := range v.purposes[p] {
		if hmac.Equal(mac, macOver(key.mac, parts)) {
			found = true
		}
	}
	return found
}

func macOver(key []byte, parts [][]byte) []byte {
	h := hmac.New(sha256.New, key)
	var size [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write(part)
	}
	return h.Sum(nil)
}

// String keeps key material out of logs whatever verb prints a vault (DJ-06).
func (v *Vault) String() string { return "keys.Vault" }

// GoString is String for %#v.
func (v *Vault) GoString() string { return v.String() }
