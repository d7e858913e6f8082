// Package pairwise gives each sector its own identifiers of customers (OIDC Core 8.1).
//
// A relying party of subject_type pairwise knows a customer by a value that only relying
// parties of the same sector share; nobody without the key can link two sectors' values or
// find the account behind one. The key is random, is kept in the database sealed under the
// vault, and so survives a change of the key-encryption key: subjects never change.
//
// The package decides nothing about who may be told what. It reads no request and stores
// nothing but that key.
package pairwise
