package mtls

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"strings"
)

const (
	maxHeader = 16 << 10
	maxChain  = 8
)

// fromHeaders reads a certificate as proxies write it: a byte sequence between colons
// (RFC 9440 2.1), with the rest of the chain as a list of them (2.2), or PEM in
// percent-encoding. Anything else, and more than one certificate, is none.
func fromHeaders(sent, chain []string) *Certificate {
	if len(sent) != 1 || len(sent[0]) > maxHeader {
		return nil
	}
	leaf := certificateIn(sent[0])
	if leaf == nil {
		return nil
	}
	c := &Certificate{Leaf: leaf}
	for _, item := range strings.Split(strings.Join(chain, ","), ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		link := certificateIn(item)
		if link == nil || len(c.Chain) == maxChain {
			return nil
		}
		c.Chain = append(c.Chain, link)
	}
	return c
}

func certificateIn(value string) *x509.Certificate {
	der, ok := byteSequence(strings.TrimSpace(value))
	if !ok {
		return nil
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return c
}

func byteSequence(value string) ([]byte, bool) {
	if len(value) > 2 && value[0] == ':' && value[len(value)-1] == ':' {
		der, err := base64.StdEncoding.Strict().DecodeString(value[1 : len(value)-1])
		return der, err == nil
	}
	text, err := url.PathUnescape(value)
	if err != nil {
		return nil, false
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil, false
	}
	return block.Bytes, true
}
