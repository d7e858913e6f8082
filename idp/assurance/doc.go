// Package assurance decides how strongly and when a customer authenticated, what an
// operation needs, and what has to happen next. It is pure: recorded events, the firm's
// policy, what was asked and the time go in, a decision comes out.
//
// Levels, weakest first:
//
//	acr                     earned inside one ceremony by                    amr
//	urn:sekisho:acr:email   password and an e-mailed code                    pwd mca
//	urn:sekisho:acr:mfa     password and TOTP                                pwd otp mfa
//	phr                     passkey with user verification                   pop user mfa, and swk when the
//	                                                                         key can be backed up, else hwk
//	phrh                    passkey that cannot be backed up (BE=0), whose   hwk pop user mfa
//	                        attestation the firm's policy trusts
//
// The names phr and phrh are those of OpenID EAP ACR Values 1.0; amr values are those of
// RFC 8176 and its registry. One factor alone earns nothing.
//
// It refuses to look at anything but recorded events: not at what an account owns (that
// only says what can be offered), not at request parameters beyond what was asked for,
// and never at two ceremonies or two accounts together. Level, amr and auth_time of a
// decision always come from the same ceremony.
package assurance
