package httpsafe

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// NewTLSConfig is TLS 1.2 and 1.3, 1.2 with forward secrecy and AEAD only (TL-01, BCP
// 195). Go's server never renegotiates or compresses.
func NewTLSConfig(certificates *Certificates) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: certificates.get,
	}
}

// Certificates serves a certificate from two files and reads them again when they have
// changed, so that a renewal needs no restart. While the new pair does not fit together
// (it is being written) or cannot be read, the old one stays.
type Certificates struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	stamp   string
	checked time.Time
}

// certificateCheck is how often the files are looked at, at most: two calls of stat a second.
const certificateCheck = time.Second

// LoadCertificates reads the pair; it fails when there is none to start with.
func LoadCertificates(certFile, keyFile string, now func() time.Time, log *slog.Logger) (*Certificates, error) {
	c := &Certificates{certFile: certFile, keyFile: keyFile, now: now, log: log, checked: now()}
	pair, stamp, err := c.read()
	if err != nil {
		return nil, fmt.Errorf("loading the TLS certificate: %w", err)
	}
	c.current, c.stamp = pair, stamp
	return c, nil
}

func (c *Certificates) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= certificateCheck {
		c.checked = now
		c.reload()
	}
	return c.current, nil
}

func (c *Certificates) reload() {
	if stamp, err := c.fileStamp(); err == nil && stamp == c.stamp {
		return
	}
	pair, stamp, err := c.read()
	if err != nil {
		c.log.Warn("the changed TLS certificate cannot be used; the previous one stays", "error", err)
		return
	}
	c.current, c.stamp = pair, stamp
	c.log.Info("TLS certificate reloaded")
}

// read takes the stamp before the files: a change in between is seen at the next look.
func (c *Certificates) read() (*tls.Certificate, string, error) {
	stamp, err := c.fileStamp()
	if err != nil {
		return nil, "", err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return nil, "", err
	}
	return &pair, stamp, nil
}

func (c *Certificates) fileStamp() (string, error) {
	var stamp string
	for _, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return "", err
		}
		stamp += fmt.Sprintf("%d/%d ", info.ModTime().UnixNano(), info.Size())
	}
	return stamp, nil
}
