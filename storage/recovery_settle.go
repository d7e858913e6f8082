package storage

import (
	"context"

	"gorm.io/gorm"

	"sekisho/idp"
)

// SettleLost ends the suspension of what was reported lost, when the desk knows whose it is:
// one transaction with its effects. Gone takes the suspended authenticators away; otherwise
// they work again. It voids a recovery that is under way, whose proofs rest on how things
// stood. effects is told what it is about, under the account's lock.
// idp.ErrNotFound when nothing of the account is reported lost, which is also what a retry gets.
func (s *Store) SettleLost(ctx context.Context, accountID string, gone bool, effects func([]idp.Passkey, *idp.TOTP) (idp.Effects, error)) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockAccount(tx, accountID); err != nil {
			return err
		}
		passkeys, err := all[passkeyRow](tx, "SELECT "+columns[passkeyRow]("p", "")+` FROM passkeys p JOIN recoveries r ON r.account_id = p.account_id
			WHERE p.account_id = ? AND p.created_at <= r.passkeys_suspended_at ORDER BY p.created_at, p.id`, accountID)
		if err != nil {
			return err
		}
		apps, err := all[totpRow](tx, "SELECT "+columns[totpRow]("t", "")+` FROM totps t JOIN recoveries r ON r.account_id = t.account_id
			WHERE t.account_id = ? AND t.confirmed_at > 0 AND t.confirmed_at <= r.totp_suspended_at`, accountID)
		if err != nil {
			return err
		}
		n, err := exec(tx, `UPDATE recoveries SET passkeys_suspended_at = 0, totp_suspended_at = 0, interaction_id = ''
			WHERE account_id = ? AND (passkeys_suspended_at > 0 OR totp_suspended_at > 0)`, accountID)
		if err != nil {
			return err
		}
		if n == 0 {
			return idp.ErrNotFound
		}
		var lost []idp.Passkey
		var app *idp.TOTP
		for _, row := range passkeys {
			lost = append(lost, idp.Passkey(row))
		}
		for _, row := range apps {
			t := idp.TOTP(row)
			app = &t
		}
		if gone {
			if err := removeSettled(tx, lost, app); err != nil {
				return err
			}
		}
		e, err := effects(lost, app)
		if err != nil {
			return err
		}
		return s.commitWith(tx, e)
	})
}

func removeSettled(tx *gorm.DB, passkeys []idp.Passkey, app *idp.TOTP) error {
	for _, k := range passkeys {
		if _, err := exec(tx, "DELETE FROM passkeys WHERE id = ? AND account_id = ?", k.ID, k.AccountID); err != nil {
			return err
		}
	}
	if app == nil {
		return nil
	}
	_, err := exec(tx, "DELETE FROM totps WHERE id = ? AND account_id = ?", app.ID, app.AccountID)
	return err
}
