// Package passkey runs WebAuthn ceremonies (WebAuthn Level 3): registration of
// discoverable, user-verified credentials, and authentication by them, alone or as the
// step-up of a known account.
//
// It owns the options sent to browsers, the challenges with everything they are bound to
// (kind, interaction, browser, account), the strict reading of responses, and the rules on
// top of the verification library: exact origins, no embedding, canonical and strong
// public keys, backup flags, the cap per account, provenance of a credential, and hardware
// attestation by the firm's trust list. A challenge is used up by the first answer to it,
// right or wrong.
//
// It returns what a verified assertion changes; storage.Authenticate commits that together
// with the session, and decides the signature counter there (PA-08, PA-11).
//
// The package refuses to decide levels (idp/assurance), to limit how often ceremonies begin
// (throttle), and to say why an assertion was refused: unknown credential, wrong signature
// and closed account are one error after equal work (PA-09). The reason is for the audit
// trail only.
package passkey
