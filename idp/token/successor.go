package token

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"sekisho/idp"
)

// A rotated refresh token keeps its successor sealed under a key that only the rotated
// token itself yields. Who retries within the grace window can be given the same
// successor, and who reads the database gets nothing: it holds a hash of the old token,
// from which the key cannot be had.

var errSuccessor = errors.New("token: the stored successor does not open")

func successorAEAD(presented string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(presented), nil, "sekisho/1/refresh successor", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func sealSuccessor(presented, successor string) ([]byte, error) {
	aead, err := successorAEAD(presented)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, []byte(successor), idp.HashSecret(presented)), nil
}

func openSuccessor(presented string, sealed []byte) (string, error) {
	aead, err := successorAEAD(presented)
	if err != nil || len(sealed) < aead.NonceSize() {
		return "", errSuccessor
	}
	successor, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], idp.HashSecret(presented))
	if err != nil {
		return "", errSuccessor
	}
	return string(successor), nil
}
