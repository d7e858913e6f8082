// Package idptest is a provider under test: the real wiring on a real database behind a
// real listener, with a clock that tests move, a mailbox they read, a browser without
// script, a software passkey authenticator, and a relying party. It is for tests only.
package idptest
