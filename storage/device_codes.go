package storage

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sekisho/idp"
)

type deviceFields struct {
	Hash          []byte `gorm:"primaryKey"`
	UserCode      []byte
	ClientID      string
	Request       []byte
	DPoPKey       string    `gorm:"column:dpop_jkt"`
	CreatedAt     time.Time `gorm:"serializer:micros;autoCreateTime:false"`
	ExpiresAt     time.Time `gorm:"serializer:micros"`
	PollSeconds   int
	PolledAt      time.Time `gorm:"serializer:micros"`
	InteractionID string
	BrowserHash   []byte
	AnsweredAt    time.Time `gorm:"serializer:micros"`
	GrantID       string
}

type deviceRow struct {
	Device      deviceFields `gorm:"embedded"`
	Slowed      int
	Redemptions int
}

func (deviceRow) TableName() string { return "device_codes" }

// AddDeviceCode stores a device authorization request: one statement. idp.ErrExists when
// its user code is that of another one.
func (s *Store) AddDeviceCode(ctx context.Context, code idp.DeviceCode) error {
	row := deviceRow{Device: deviceFields(code)}
	return s.once(ctx, func(db *gorm.DB) error { return db.Create(&row).Error })
}

var claimDevice = `UPDATE device_codes SET interaction_id = ?, browser_hash = ?
	WHERE user_code = ? AND answered_at = 0 AND expires_at > ? AND (browser_hash IS NULL OR browser_hash = ?)
	RETURNING ` + columns[deviceRow]("", "")

// ClaimDeviceCode ties the device that shows this user code to the interaction in which it
// will be answered: one conditional statement. The browser that entered it first may enter
// it again, which leaves its earlier interaction without a device. For everybody else, and
// for a code that is unknown, answered or over, it is idp.ErrNotFound: nobody learns which.
func (s *Store) ClaimDeviceCode(ctx context.Context, userCode []byte, interactionID string, browserHash []byte, at time.Time) (*idp.DeviceCode, error) {
	var found *idp.DeviceCode
	err := s.once(ctx, func(db *gorm.DB) error {
		row, err := one[deviceRow](db, claimDevice, interactionID, browserHash, userCode, micros(at), browserHash)
		if err == nil {
			code := idp.DeviceCode(row.Device)
			found = &code
		}
		return err
	})
	return found, err
}

// timeToFetch is how long after its approval a device can fetch its tokens at least: what the
// customer was told in the last second holds.
const timeToFetch = time.Minute

// ApproveDevice finishes the interaction and gives the device a grant, in one transaction
// under the conditions of IssueCode. idp.ErrExpired when the device's time is over or another
// interaction of this browser took its place; idp.ErrConsumed when it was answered.
func (s *Store) ApproveDevice(ctx context.Context, a idp.ApproveDevice) error {
	grant := grantRow(a.Grant)
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := finish(tx, a.InteractionID, a.Version, a.At); err != nil {
			return err
		}
		if err := holdSession(tx, grant.SessionID, grant.AccountID, a.At); err != nil {
			return err
		}
		fetched := micros(a.At.Add(timeToFetch))
		n, err := exec(tx, `UPDATE device_codes SET answered_at = ?, grant_id = ?,
			expires_at = CASE WHEN expires_at < ? THEN CAST(? AS BIGINT) ELSE expires_at END
			WHERE hash = ? AND interaction_id = ? AND answered_at = 0 AND expires_at > ?`,
			micros(a.At), grant.ID, fetched, fetched, a.Hash, a.InteractionID, micros(a.At))
		if err == nil && n == 0 {
			err = idp.ErrExpired
		}
		if err != nil {
			return err
		}
		if err := tx.Create(&grant).Error; err != nil {
			return err
		}
		if a.Consent != nil {
			if err := putConsent(tx, *a.Consent); err != nil {
				return err
			}
		}
		return s.commitWith(tx, a.Effects)
	})
}

// DenyDevice finishes the interaction and tells the device no, in one transaction. A device
// that no longer waits for this interaction changes nothing about its end.
func (s *Store) DenyDevice(ctx context.Context, hash []byte, interactionID string, version int, at time.Time, effects idp.Effects) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := finish(tx, interactionID, version, at); err != nil {
			return err
		}
		if _, err := exec(tx, `UPDATE device_codes SET answered_at = ?
			WHERE hash = ? AND interaction_id = ? AND answered_at = 0`, micros(at), hash, interactionID); err != nil {
			return err
		}
		return s.commitWith(tx, effects)
	})
}

const (
	slowDown      = "5"                                                                                                  // seconds more (RFC 8628 3.5)
	cameTooSoon   = "answered_at = 0 AND polled_at > 0 AND polled_at + (poll_seconds - 1) * 1000000 > CAST(? AS BIGINT)" // a second is for the way here
	countsAsTaken = "grant_id <> '' AND (redemptions > 0 OR expires_at > CAST(? AS BIGINT))"
)

var pollDevice = `UPDATE device_codes SET
	slowed = CASE WHEN ` + cameTooSoon + ` THEN 1 ELSE 0 END,
	poll_seconds = CASE WHEN ` + cameTooSoon + ` THEN poll_seconds + ` + slowDown + ` ELSE poll_seconds END,
	polled_at = CAST(? AS BIGINT),
	redemptions = CASE WHEN ` + countsAsTaken + ` THEN redemptions + 1 ELSE redemptions END
	WHERE hash = ? AND client_id = ? RETURNING ` + columns[deviceRow]("", "")

// RedeemDevice answers one request of a waiting device. One conditional statement notes the
// request, lengthens the interval when it came too soon, and takes what was approved; while
// nobody answered, that is all. Then as RedeemCode: the grant is read, the refresh token
// written if mint returned one, at most three statements in one transaction.
//
// idp.ErrPending and idp.ErrTooSoon come with the request as it is stored; idp.ErrDenied;
// idp.ErrExpired; idp.ErrNotFound for no such device of this client; *ConsumedError when it
// was taken before, and its grant is then revoked; idp.ErrRevoked when the grant no longer
// stands. Whatever mint says, the approval is used up afterwards.
func (s *Store) RedeemDevice(ctx context.Context, hash []byte, clientID string, now time.Time,
	mint func(idp.DeviceCode, idp.GrantState) (*idp.RefreshToken, error)) (*idp.DeviceCode, error) {
	var outcome error
	var asked idp.DeviceCode
	at := micros(now)
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		row, err := one[deviceRow](tx, pollDevice, at, at, at, at, hash, clientID)
		if err != nil {
			return err
		}
		asked = idp.DeviceCode(row.Device)
		if row.Redemptions > 1 {
			outcome, err = revokeReused(tx, asked.GrantID, now)
			return err
		}
		if outcome = waits(row, now); outcome != nil {
			return nil
		}
		fields, err := one[stateFields](tx, "SELECT "+stateColumns+" FROM"+stateTables+" WHERE g.id = ?", at, asked.GrantID)
		if err != nil {
			return err
		}
		state := fields.state()
		if !state.Live(now) {
			outcome = idp.ErrRevoked
			return nil
		}
		var refresh *idp.RefreshToken
		if refresh, outcome = mint(asked, state); outcome != nil || refresh == nil {
			return nil
		}
		return insertRefreshToken(tx, *refresh)
	})
	if err != nil {
		return nil, err
	}
	return &asked, outcome
}

// waits is why a device gets nothing now; nil when it does.
func waits(row *deviceRow, now time.Time) error {
	d := row.Device
	switch {
	case row.Redemptions == 1:
		return nil
	case !d.AnsweredAt.IsZero() && d.GrantID == "":
		return idp.ErrDenied
	case !now.Before(d.ExpiresAt):
		return idp.ErrExpired
	case row.Slowed == 1:
		return idp.ErrTooSoon
	}
	return idp.ErrPending
}
