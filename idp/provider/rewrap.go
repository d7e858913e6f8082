package provider

import (
	"context"
	"fmt"

	"sekisho/idp/authn/totp"
	"sekisho/idp/keys"
	"sekisho/idp/letter"
	"sekisho/idp/pairwise"
	"sekisho/storage"
)

// sealedAs says for what and in which context a value of the database is sealed.
func sealedAs(v storage.SealedValue) (keys.Purpose, string) {
	switch v.Table {
	case "signing_keys":
		return keys.PurposeSigning, keys.SealContext(v.ID)
	case "totps":
		return keys.PurposeTOTP, totp.SealContext(v.ID, v.AccountID)
	case "letters":
		return keys.PurposeLetter, letter.SealContext(v.ID, v.AccountID)
	case "sealed_keys":
		return keys.PurposePairwise, pairwise.SealContext(v.ID)
	}
	return keys.PurposeOutbox, v.ID
}

// Rewrapped counts what Rewrap looked at and what it sealed again.
type Rewrapped struct {
	Looked, Replaced, Seals int
}

// Rewrap seals everything the database holds sealed again under the vault's primary key,
// and makes the MACs of the audit trail anew (TL-05). What is short-lived is left to run
// out: codes in mails, form tokens. Counters of failed attempts are kept under names made
// with the primary key and begin anew when another key becomes primary.
func Rewrap(ctx context.Context, store *storage.Store, vault *keys.Vault) (done Rewrapped, err error) {
	done.Looked, done.Replaced, err = store.Rewrap(ctx, func(v storage.SealedValue) ([]byte, bool, error) {
		purpose, context := sealedAs(v)
		value, changed, err := vault.Rewrap(purpose, context, v.Value)
		if err != nil {
			err = fmt.Errorf("%s %s: %w", v.Table, v.ID, err)
		}
		return value, changed, err
	})
	if err != nil {
		return done, err
	}
	done.Seals, err = store.RewrapAudit(ctx,
		func(b []byte) []byte { return vault.MAC(keys.PurposeAudit, b) },
		func(message, mac []byte) bool { return vault.VerifyMAC(keys.PurposeAudit, mac, message) })
	return done, err
}

// OpensAll reports by nil that a vault opens everything the database holds sealed and
// accepts every seal of the audit trail: that no key of the keyset is missing.
func OpensAll(ctx context.Context, store *storage.Store, vault *keys.Vault) error {
	_, _, err := store.Rewrap(ctx, func(v storage.SealedValue) ([]byte, bool, error) {
		purpose, context := sealedAs(v)
		if _, err := vault.Open(purpose, context, v.Value); err != nil {
			return nil, false, fmt.Errorf("%s %s: %w", v.Table, v.ID, err)
		}
		return nil, false, nil
	})
	if err != nil {
		return err
	}
	verdict, err := store.VerifyAuditWith(ctx, func(message, mac []byte) bool { return vault.VerifyMAC(keys.PurposeAudit, mac, message) })
	if err == nil && !verdict.OK() {
		err = fmt.Errorf("the audit trail does not verify under it: %s", verdict.Problems[0].Finding)
	}
	return err
}
