// Package keys owns the provider's secret keys: the vault that seals what the database
// holds, and the ring of keys that sign tokens.
//
// A Vault is opened from one key-encryption keyset (the KEK) that lives outside the
// database. Every Purpose has its own AEAD and MAC key, derived from the KEK, so that a
// value sealed for one purpose never opens under another.
//
// A Ring keeps the signing keys of one issuer in memory: private keys are decrypted once,
// the JWKS is rendered once per reload, and which key signs at a given moment is a pure
// function of the stored rows and the time, so that nodes agree without talking.
//
// The package refuses: algorithms outside its closed table, verification with a key of
// another algorithm than the token's header names, a token of one kind where another kind
// is expected, and key files that other users of the machine can read. It knows no HTTP
// and no SQL.
package keys
