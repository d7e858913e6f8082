package oidc

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"sekisho/idp"
	"sekisho/idp/httpsafe"
	"sekisho/idp/pairwise"
)

// checkSubjectType makes sure that a pairwise client has one sector (OIDC Core 8.1), and
// that it need not name customers to the provider: what it knows them by leads to no
// account.
func checkSubjectType(m idp.ClientMetadata, _ MetadataRules) *Error {
	if m.SectorIdentifierURI != "" {
		u, err := url.Parse(m.SectorIdentifierURI)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Contains(m.SectorIdentifierURI, "#") ||
			!printable(m.SectorIdentifierURI) || len(m.SectorIdentifierURI) > maxURILength {
			return badMetadata("sector_identifier_uri must be https")
		}
	}
	switch {
	case m.SubjectType == idp.SubjectPublic:
		return nil
	case m.SubjectType != idp.SubjectPairwise:
		return badMetadata("subject_type must be public or pairwise")
	case len(m.RedirectURIs) > 0 && pairwise.Sector(m) == "":
		return badMetadata("subject_type pairwise needs sector_identifier_uri where the redirect URIs have no host, or more than one")
	case slices.Contains(strings.Fields(m.Scope), ScopeNotifyWithdrawal):
		return badMetadata("a client of subject_type pairwise cannot name customers: it may not have the scope " + ScopeNotifyWithdrawal)
	}
	return nil
}

// Fetcher reads a document from a registered address; *fetch.Fetcher is one.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) ([]byte, error)
}

// maxSectorURIs bounds the redirect URIs of one sector.
const maxSectorURIs = 1024

// CheckSectorDocument reads the sector_identifier_uri of metadata that CheckClientMetadata
// accepted, and demands every redirect URI in it (OIDC Registration 5): a sector is joined
// with its consent only.
func CheckSectorDocument(ctx context.Context, m idp.ClientMetadata, fetcher Fetcher) *Error {
	if m.SectorIdentifierURI == "" {
		return nil
	}
	raw, err := fetcher.Get(ctx, m.SectorIdentifierURI, "application/json")
	if err != nil {
		return badMetadata("sector_identifier_uri could not be read")
	}
	var listed []string
	if httpsafe.StrictJSON(raw) != nil || json.Unmarshal(raw, &listed) != nil || len(listed) > maxSectorURIs {
		return badMetadata("sector_identifier_uri is not a JSON list of redirect URIs")
	}
	for _, uri := range m.RedirectURIs {
		if !slices.Contains(listed, uri) {
			return badMetadata("sector_identifier_uri does not list every redirect URI")
		}
	}
	return nil
}

const maxSoftware = 255 // bytes of software_id and software_version

func checkSoftware(m idp.ClientMetadata, _ MetadataRules) *Error {
	for _, text := range []string{m.SoftwareID, m.SoftwareVersion} {
		if len(text) > maxSoftware || !isDisplayText(text) {
			return badMetadata("software_id and software_version must be short and printable")
		}
	}
	return nil
}

// IsClientMember reports whether a member of client metadata means something here.
func IsClientMember(name string) bool { return slices.Contains(metadataNames, name) }
