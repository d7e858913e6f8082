package config

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// Secret is a value that does not print, log or encode itself.
type Secret struct{ value string }

// NewSecret wraps a value that did not come from a file or the environment.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value, for the one place that needs it.
func (s Secret) Reveal() []byte { return []byte(s.value) }

// Empty reports whether there is no value.
func (s Secret) Empty() bool { return s.value == "" }

// String, GoString, LogValue and MarshalText keep the value out of every output.
func (s Secret) String() string {
	if s.Empty() {
		return "(empty)"
	}
	return "(secret)"
}

// GoString is for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue is for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is for encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// readSecrets fills every Secret from the file or variable that the configuration names.
func (c *Config) readSecrets(environ map[string]string) (problems Problems) {
	read := func(key, file, fileKey, env string) Secret {
		value, set := environ[env]
		set = set && env != ""
		switch {
		case file != "" && set:
			problems.add(key+"."+fileKey, fmt.Sprintf("names a file while the environment has %s too", env), "give the secret in one place only")
		case file != "":
			return readSecretFile(&problems, key+"."+fileKey, file)
		case set:
			return Secret{strings.TrimSpace(value)}
		}
		return Secret{}
	}
	c.KEK.Secret = read("kek", c.KEK.File, "file", c.KEK.Env)
	c.Mail.SMTP.Password = read("mail.smtp", c.Mail.SMTP.PasswordFile, "password_file", c.Mail.SMTP.PasswordEnv)
	c.Password.Pepper.Secret = read("password.pepper", c.Password.Pepper.File, "file", c.Password.Pepper.Env)
	for id, file := range c.Password.Pepper.Retired {
		if c.Password.Pepper.Old == nil {
			c.Password.Pepper.Old = map[string]Secret{}
		}
		c.Password.Pepper.Old[id] = readSecretFile(&problems, "password.pepper.retired."+id, file)
	}
	return problems
}

func readSecretFile(problems *Problems, key, file string) Secret {
	content, err := os.ReadFile(file)
	if err != nil {
		problems.add(key, fmt.Sprintf("cannot be read: %v", err), "name a file that this process may read")
		return Secret{}
	}
	s := Secret{strings.TrimSpace(string(content))}
	if s.Empty() {
		problems.add(key, fmt.Sprintf("%s is empty", file), "put the secret in the file")
	}
	return s
}

// samples are what people leave in place of a secret.
var samples = []string{"secret", "password", "passw0rd", "sekisho", "demo", "test", "admin", "postgres", "root", "insecure", "default", "12345678"}

// sample reports whether a value was copied from an example instead of being made.
func sample(value string) bool {
	v := strings.ToLower(value)
	for _, s := range samples {
		if v == s {
			return true
		}
	}
	for _, s := range []string{"changeme", "change-me", "change_me", "replace-me", "replace_me", "example", "placeholder"} {
		if strings.Contains(v, s) {
			return true
		}
	}
	return v != "" && strings.Count(v, v[:1]) == len(v)
}
