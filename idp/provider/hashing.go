package provider

import (
	"crypto/x509"
	"fmt"
	"os"

	"sekisho/config"
	"sekisho/idp/authn/password"
)

func hasherOptions(c config.Password) password.HasherOptions {
	o := password.HasherOptions{
		MemoryKiB: c.Argon2.MemoryKiB, Passes: c.Argon2.Time, Threads: c.Argon2.Threads, Parallel: c.Parallel, Queue: c.Queue,
		Peppers: map[string][]byte{},
	}
	for id, old := range c.Pepper.Old {
		o.Peppers[id] = old.Reveal()
	}
	if !c.Pepper.Secret.Empty() {
		o.PepperID = c.Pepper.ID
		o.Peppers[c.Pepper.ID] = c.Pepper.Secret.Reveal()
	}
	return o
}

// trustedHardware reads the attestation roots the firm trusts; nil when it trusts none.
func trustedHardware(c config.Passkey) (map[string]*x509.CertPool, error) {
	if c.Attestation != config.AttestationHardware {
		return nil, nil
	}
	pem, err := os.ReadFile(c.AttestationRoots)
	if err != nil {
		return nil, fmt.Errorf("passkey.attestation_roots: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("passkey.attestation_roots: %s holds no PEM certificate", c.AttestationRoots)
	}
	roots := map[string]*x509.CertPool{}
	for _, model := range c.AttestationModels {
		roots[model] = pool
	}
	return roots, nil
}
