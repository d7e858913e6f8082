// Package password verifies, judges and hashes what people choose as passwords.
//
// It owns three things. The Hasher: Argon2id behind a bounded queue, so that a burst
// cannot exhaust memory, with an optional pepper from outside the database; hashes a firm
// brings along (bcrypt, scrypt, PBKDF2, md5-crypt, SHA-crypt, other Argon2 costs) verify
// and are replaced at the next sign-in. The Policy: a pure function that returns every
// reason against a password at once. The Service: verification in one path for known,
// unknown, locked and closed accounts, each with exactly one hash run (PW-08), and the
// change of a password against the current one.
//
// A password is compared exactly after NFC, nothing else: case and blanks count, nothing
// is cut off (PW-04). One exception is inherited: a bcrypt hash brought along saw only the
// first 72 bytes of its password, until the first sign-in replaces it. Until then, too, an
// imported hash of another cost answers in another time than an unknown name does.
//
// The package refuses to count attempts (throttle does, before it is called), to expire
// passwords by age, to give hints, and to let any password leave the process.
package password
