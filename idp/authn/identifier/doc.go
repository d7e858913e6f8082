// Package identifier is the one place where what a person types as a login name or a mail
// address becomes the form that is stored, compared and looked up, and the one place where
// such values are masked for the screen (RC-08, A11).
//
// Policy. Text is brought to NFKC and case-folded, so full-width digits and letters from a
// Japanese input method equal their ASCII forms. Invisible characters, direction controls,
// right-to-left letters, private-use and control characters are refused rather than
// dropped: two names that look the same must not be two accounts. A name may mix Latin,
// Han, Hiragana and Katakana and otherwise keeps to one script. A mail address has an
// ASCII local part and an IDN domain in its A-label form; a plus tag is part of the local
// part and is kept, because only the mail host knows what it means.
//
// Mail is sent to the stored Address and found by the stored Canonical, which are derived
// from one another here, so no folding can lead a code to somebody else's mailbox.
//
// The package refuses to guess: it validates and canonicalises, it never corrects typing.
package identifier
