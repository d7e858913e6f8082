// Package notify writes the mails of the provider and delivers them.
//
// A Composer turns a Kind, an address and a few facts into an idp.OutboxMessage whose
// payload is sealed under keys.PurposeOutbox with the message id as context. The message
// is committed together with the state change it speaks of (idp.Effects), so a mail is
// sent if and only if that change happened. A Worker leases messages and hands them to a
// Sender until they are delivered or pointless.
//
// Delivery is at least once: a node that dies between the mail server's "250" and its own
// note of it sends the mail again. The Message-ID is derived from the outbox id and stays
// the same, so that mail systems can fold the two.
//
// The package refuses: links of any kind (customers are told that the firm never mails
// them), text in headers that somebody outside the firm chose, a code to an address that
// has not been verified, and plain-text SMTP to anything but the loopback interface.
package notify
