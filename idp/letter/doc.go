// Package letter brings temporary passwords to customers by post: it makes them, queues the
// letter, says when it is due, and hands out once what is to be printed.
//
// A temporary password exists in clear in two places: sealed in the queued letter, and on
// paper. Nobody at the desk sees one. The customer's own password works until the temporary
// one is used, so that a stranger who asks for a letter locks nobody out, and the mail that
// tells of the letter carries a code that stops it. The package refuses to render:
// idp/letter/paper does.
package letter
