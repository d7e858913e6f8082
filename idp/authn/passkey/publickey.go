package passkey

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// fixed is the length of authenticator data before the credential id: RP ID hash, flags,
// counter, AAGUID and id length (WebAuthn 6.1, 6.5.1).
const fixed = 32 + 1 + 4 + 16 + 2

// checkPublicKey refuses a credential public key that is not canonical CBOR as it came, or
// weak, or not what its algorithm says (PG-09). authData is the raw authenticator data and
// key the library's re-encoding of the key in it.
func checkPublicKey(authData, key []byte) error {
	if len(authData) < fixed {
		return reject(ReasonMalformed)
	}
	rest := authData[fixed:]
	idLength := int(binary.BigEndian.Uint16(authData[fixed-2:]))
	if len(rest) < idLength || !bytes.HasPrefix(rest[idLength:], key) {
		return reject(ReasonPublicKey)
	}
	var labels map[int64]webauthncbor.RawMessage
	parsed, err := webauthncose.ParsePublicKey(key)
	if err != nil || webauthncbor.Unmarshal(key, &labels) != nil {
		return reject(ReasonPublicKey)
	}
	ok, want := false, 0
	switch k := parsed.(type) {
	case webauthncose.OKPPublicKeyData:
		ok, want = k.Algorithm == int64(webauthncose.AlgEdDSA) && !smallOrder(k.XCoord), 4
	case webauthncose.EC2PublicKeyData:
		ok, want = k.Algorithm == int64(webauthncose.AlgES256), 5
	case webauthncose.RSAPublicKeyData:
		ok, want = k.Algorithm == int64(webauthncose.AlgRS256) && strongRSA(k), 4
	}
	// Labels beyond those of the key type have no place in a credential key (WebAuthn 6.5.1.1).
	if !ok || len(labels) != want {
		return reject(ReasonPublicKey)
	}
	return nil
}

// strongRSA is a modulus of 2048 to 8192 bits, odd, and an odd exponent from 65537 on; 3 is
// what old keys with old padding mistakes have.
func strongRSA(k webauthncose.RSAPublicKeyData) bool {
	n := k.Modulus
	bits := new(big.Int).SetBytes(n).BitLen()
	if bits < 2048 || bits > 8192 || n[0] == 0 || n[len(n)-1]&1 == 0 {
		return false
	}
	e, err := webauthncose.ParseRSAPublicKeyDataExponent(&k)
	return err == nil && e >= 65537 && e < 1<<31 && e&1 == 1
}

// smallOrderPoints are the encodings of the points of Ed25519 whose order divides 8, by the
// y coordinate without its sign bit. Under such a key anybody can sign.
var smallOrderPoints = func() [][]byte {
	var out [][]byte
	for _, h := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		// The same y written with the prime added, which decoders accept.
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		b, err := hex.DecodeString(h)
		if err == nil {
			out = append(out, b)
		}
	}
	return out
}()

func smallOrder(x []byte) bool {
	y := slices.Clone(x)
	y[len(y)-1] &= 0x7f
	return slices.ContainsFunc(smallOrderPoints, func(p []byte) bool { return bytes.Equal(p, y) })
}
