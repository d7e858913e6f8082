// Package mailbox is the mail server of the demo: it takes every mail over SMTP, keeps the
// newest ones in memory and shows them on a page, so that somebody who tries the provider
// can read the codes it sends. It delivers nothing to anybody.
//
// It is for the loopback interface: it asks nobody who they are. The HTML part of a mail
// is shown as its own sandboxed document, where no script runs and nothing is fetched.
package mailbox
