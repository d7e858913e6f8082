// Package securityquestion keeps a customer's answer to one of the firm's questions (A5).
//
// What others can find out about a customer, or guess, is no factor: the package gives no
// event and no level, and what it verifies counts only as the second of the two proofs of a
// recovery, after the mailed code, where the firm has switched that on. Answers are folded
// so that width, kana, case and spaces do not matter, and hashed as passwords are. Guesses
// are counted by themselves, so that a stranger's lock neither the password nor a passkey.
//
// The package refuses to say what was answered, and corporate accounts have no answer.
package securityquestion
