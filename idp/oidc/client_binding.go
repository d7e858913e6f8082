package oidc

import (
	"net/netip"
	"net/url"

	"sekisho/idp"
	"sekisho/idp/mtls"
)

// checkBinding keeps a client's token binding coherent (RFC 9449 5.2, RFC 8705 3.4): one
// kind, and one that works here. A fapi2 client has one: DPoP unless its registration says
// certificate (see withDefaults).
func checkBinding(m idp.ClientMetadata, rules MetadataRules) *Error {
	switch {
	case m.DPoPBound && m.CertificateBound:
		return badMetadata("dpop_bound_access_tokens and tls_client_certificate_bound_access_tokens exclude each other")
	case m.CertificateBound && !rules.MutualTLS:
		return badMetadata("tls_client_certificate_bound_access_tokens needs a provider with listen.mtls")
	case m.ClientProfile == idp.ProfileFAPI2 && !m.DPoPBound && !m.CertificateBound:
		return badMetadata("sekisho_profile fapi2 demands dpop_bound_access_tokens or tls_client_certificate_bound_access_tokens")
	}
	return nil
}

// checkCertificateSubject demands exactly one subject of a tls_client_auth client and none
// of any other (RFC 8705 2.1.2).
func checkCertificateSubject(m idp.ClientMetadata, rules MetadataRules) *Error {
	named := 0
	for _, value := range []string{m.TLSSubjectDN, m.TLSSANDNS, m.TLSSANURI, m.TLSSANIP, m.TLSSANEmail} {
		if value != "" {
			named++
		}
		if len(value) > maxURILength {
			return badMetadata("a tls_client_auth member is too long")
		}
	}
	switch m.TokenEndpointAuthMethod {
	case idp.AuthTLS:
		if !rules.ClientCA {
			return badMetadata("tls_client_auth needs a provider with listen.mtls.ca_file")
		}
		if named != 1 {
			return badMetadata("tls_client_auth needs exactly one of tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip and _san_email")
		}
		return checkSubjectForm(m)
	case idp.AuthSelfSignedTLS:
		if !rules.MutualTLS {
			return badMetadata("self_signed_tls_client_auth needs a provider with listen.mtls")
		}
	}
	if named > 0 {
		return badMetadata("the tls_client_auth members need token_endpoint_auth_method tls_client_auth")
	}
	return nil
}

func checkSubjectForm(m idp.ClientMetadata) *Error {
	_, notIP := netip.ParseAddr(m.TLSSANIP)
	uri, notURI := url.Parse(m.TLSSANURI)
	switch {
	case m.TLSSubjectDN != "" && !mtls.ValidDN(m.TLSSubjectDN):
		return badMetadata("tls_client_auth_subject_dn is not a distinguished name in the form of RFC 4514")
	case m.TLSSANIP != "" && notIP != nil:
		return badMetadata("tls_client_auth_san_ip is not an IP address")
	case m.TLSSANURI != "" && (notURI != nil || !uri.IsAbs()):
		return badMetadata("tls_client_auth_san_uri is not an absolute URI")
	case !printable(m.TLSSANDNS) || !printable(m.TLSSANEmail) || !printable(m.TLSSANURI):
		return badMetadata("a tls_client_auth_san member is malformed")
	}
	return nil
}
