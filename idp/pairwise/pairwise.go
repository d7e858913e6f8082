package pairwise

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/netip"
	"net/url"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// keyID names the key; another one would make every subject anew.
const keyID = "pairwise-1"

// SealContext is the context under which a key is sealed: its row.
func SealContext(id string) string { return "sealed_keys/" + id + "/sealed" }

// Store keeps the key. *storage.Store is one.
type Store interface {
	// SealedKey stores sealed under id unless there is one already, and returns the one there is.
	SealedKey(ctx context.Context, id string, sealed []byte) ([]byte, error)
}

// Subjects maps accounts to what a client knows them by. It is safe for concurrent use.
// A nil one serves public clients only.
type Subjects struct{ key []byte }

// Open reads the key, which the first node ever makes.
func Open(ctx context.Context, store Store, vault *keys.Vault) (*Subjects, error) {
	fresh := make([]byte, 32)
	rand.Read(fresh)
	sealed, err := vault.Seal(keys.PurposePairwise, SealContext(keyID), fresh)
	if err != nil {
		return nil, err
	}
	if sealed, err = store.SealedKey(ctx, keyID, sealed); err != nil {
		return nil, fmt.Errorf("pairwise subjects: %w", err)
	}
	key, err := vault.Open(keys.PurposePairwise, SealContext(keyID), sealed)
	if err != nil {
		return nil, fmt.Errorf("pairwise subjects: %w", err)
	}
	return &Subjects{key: key}, nil
}

// Subject is the sub by which a client knows the account with this public subject.
func (s *Subjects) Subject(client *idp.Client, public string) string {
	return s.value("sub", client, public)
}

// Session is the sid by which a client knows a session: one sid for two sectors would link
// what their subjects keep apart.
func (s *Subjects) Session(client *idp.Client, sid string) string {
	return s.value("sid", client, sid)
}

// value is the HMAC over what, sector and public value, each with its length. A client
// whose sector cannot be told, or a missing key, gives "", which no token may carry.
func (s *Subjects) value(what string, client *idp.Client, public string) string {
	if client == nil || client.Metadata.SubjectType != idp.SubjectPairwise || public == "" {
		return public
	}
	sector := Sector(client.Metadata)
	if s == nil || sector == "" {
		return ""
	}
	h := hmac.New(sha256.New, s.key)
	var size [8]byte
	for _, part := range []string{what, sector, public} {
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Sector is the host that stands for the client's sector: of its sector_identifier_uri,
// else of its redirect URIs, which registration made sure is one. "" when there is none.
func Sector(m idp.ClientMetadata) string {
	if m.SectorIdentifierURI != "" {
		return host(m.SectorIdentifierURI)
	}
	sector := ""
	for _, uri := range m.RedirectURIs {
		switch h := host(uri); {
		case h == "" || sector != "" && h != sector:
			return ""
		default:
			sector = h
		}
	}
	return sector
}

// host is "" for a loopback address too: every device has it, so that it would join
// relying parties that have nothing in common.
func host(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	if address, err := netip.ParseAddr(u.Hostname()); err == nil && address.IsLoopback() {
		return ""
	}
	return u.Hostname()
}

// String keeps the key out of logs.
func (s *Subjects) String() string { return "pairwise.Subjects" }

// GoString is String for %#v.
func (s *Subjects) GoString() string { return s.String() }
