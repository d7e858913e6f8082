// Package loginui draws every page a customer sees at the provider: sign-in, step-up,
// consent, the security centre, help and errors. It owns the words (Japanese and
// English), the look, the scripts and the response headers a page needs.
//
// It decides nothing: handlers fill a page struct and call Site.Render. It refuses to
// know accounts, tokens, keys and storage, to put script, style or event handlers into
// HTML, to load anything from another origin, and to show a value from outside as
// anything but text. Every path that ends in a password or a code works without
// JavaScript; only passkeys need it.
//
// dist/ is built from scripts/ and styles/ by `go run ./login-ui/build` and committed.
package loginui
