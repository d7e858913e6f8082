package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

const envPrefix = "SEKISHO_"

// tree is a koanf.Provider for what has been read and checked already.
type tree map[string]any

// Read returns the tree.
func (t tree) Read() (map[string]any, error) { return t, nil }

// ReadBytes is not needed: a tree has no bytes.
func (t tree) ReadBytes() ([]byte, error) { return nil, fmt.Errorf("config: a tree has no bytes") }

// loading is one call of Load.
type loading struct {
	path     string
	environ  map[string]string
	lines    map[string]int
	fromEnv  map[string]string // key path → variable
	k        *koanf.Koanf
	problems Problems
}

// Load reads the file at path ("" reads none) and the environment (as os.Environ has it)
// over the defaults and the preset, reads the secrets they name, and validates. Relative file names are
// relative to the folder of the file. The error is Problems: all of them, each with its
// place.
func Load(path string, environ []string) (*Config, error) {
	l := &loading{path: path, environ: map[string]string{}, fromEnv: map[string]string{}, k: koanf.New(".")}
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok {
			l.environ[name] = value
		}
	}
	l.merge(plain(reflect.ValueOf(*Default())).(map[string]any))
	raw := l.file()
	l.preset(raw)
	l.problems = append(l.problems, l.checked(raw)...)
	unknown := l.variables()
	c := new(Config)
	if err := l.k.UnmarshalWithConf("", c, koanf.UnmarshalConf{DecoderConfig: decoder(c)}); err != nil {
		l.problems.add("", err.Error(), "")
	}
	c.resolve(path)
	l.problems = append(l.problems, c.readSecrets(l.environ)...)
	for _, p := range unknown {
		if !slices.Contains([]string{c.KEK.Env, c.Mail.SMTP.PasswordEnv, c.Password.Pepper.Env}, p.Env) {
			l.problems = append(l.problems, p)
		}
	}
	for _, p := range c.validate() {
		// A value that could not be read has its default here: what follows from that is noise.
		if !l.reported(p.Key) {
			l.problems = append(l.problems, p)
		}
	}
	if len(l.problems) > 0 {
		return nil, l.located().err()
	}
	return c, nil
}

func decoder(into *Config) *mapstructure.DecoderConfig {
	return &mapstructure.DecoderConfig{
		Result:           into,
		ErrorUnused:      true,
		WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			mapstructure.StringToTimeDurationHookFunc(),
			mapstructure.TextUnmarshallerHookFunc()),
	}
}

func (l *loading) merge(t map[string]any) {
	if err := l.k.Load(tree(t), nil); err != nil {
		l.problems.add("", err.Error(), "")
	}
}

// checked holds a tree against the configuration's type and merges what can be used.
func (l *loading) checked(t map[string]any) Problems {
	var w walker
	if good, ok := w.walk(reflect.TypeFor[Config](), t, ""); ok {
		l.merge(good.(map[string]any))
	}
	return w.problems
}

// file reads the file; what of it can be used is merged after the preset it may name.
func (l *loading) file() map[string]any {
	if l.path == "" {
		return map[string]any{}
	}
	doc, k := new(document), koanf.New("\x00") // no key contains the delimiter: the tree stays as it was written
	if err := k.Load(file.Provider(l.path), doc); err != nil {
		l.problems.add("", fmt.Sprintf("cannot be read: %v", err), "name a readable YAML file")
		return map[string]any{}
	}
	l.lines = doc.lines
	l.problems = append(l.problems, doc.problems...)
	return k.Raw()
}

// variables reads the environment. It returns the variables that are no key; a few of them
// turn out to hold secrets once the configuration is known.
func (l *loading) variables() (unknown Problems) {
	values := koanf.New(".")
	provider := env.Provider(".", env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return l.sorted() },
		TransformFunc: func(name, value string) (string, any) {
			if foreign(name) {
				return "", nil
			}
			key := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, envPrefix)), "__", ".")
			l.fromEnv[key] = name
			return key, value
		},
	})
	if err := values.Load(provider, nil); err != nil {
		l.problems.add("", err.Error(), "")
		return nil
	}
	for _, p := range l.checked(values.Raw()) {
		p.Env = l.variable(p.Key)
		unknown = append(unknown, p)
	}
	return unknown
}

// variable is the one a key was read from: its own, or for a section one that lies in it.
func (l *loading) variable(key string) string {
	if name, ok := l.fromEnv[key]; ok {
		return name
	}
	for _, k := range slices.Sorted(maps.Keys(l.fromEnv)) {
		if strings.HasPrefix(k, key+".") || strings.HasPrefix(key, k+".") {
			return l.fromEnv[k]
		}
	}
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "__"))
}

func (l *loading) sorted() []string {
	out := make([]string, 0, len(l.environ))
	for _, name := range slices.Sorted(maps.Keys(l.environ)) {
		out = append(out, name+"="+l.environ[name])
	}
	return out
}

// foreign variables carry our prefix but are not ours to judge: the command line's own,
// and those that Kubernetes sets for a service called sekisho.
func foreign(name string) bool {
	return name == "SEKISHO_CONFIG" || name == "SEKISHO_PORT" ||
		strings.HasPrefix(name, "SEKISHO_PORT_") || strings.HasPrefix(name, "SEKISHO_SERVICE_")
}

func (l *loading) reported(key string) bool {
	return slices.ContainsFunc(l.problems, func(p Problem) bool { return p.Key == key })
}

// located adds to each problem where its key was read.
func (l *loading) located() Problems {
	out := slices.Clone(l.problems)
	for i := range out {
		p := &out[i]
		if p.Env != "" {
			continue
		}
		if p.Env = l.fromEnv[p.Key]; p.Env != "" {
			continue
		}
		p.File = l.path
		if p.Line == 0 {
			p.Line = l.lines[p.Key]
		}
	}
	return out
}

// resolve makes file names absolute in the sense of the configuration file's folder.
func (c *Config) resolve(path string) {
	if path == "" {
		return
	}
	names := []*string{&c.Listen.TLS.CertFile, &c.Listen.TLS.KeyFile, &c.KEK.File, &c.Firm.Mark,
		&c.Listen.MTLS.TLS.CertFile, &c.Listen.MTLS.TLS.KeyFile, &c.Listen.MTLS.CAFile, &c.Mail.SMTP.PasswordFile, &c.Password.Pepper.File, &c.Passkey.AttestationRoots}
	for _, name := range names {
		*name = beside(path, *name)
	}
	for id, name := range c.Password.Pepper.Retired {
		c.Password.Pepper.Retired[id] = beside(path, name)
	}
}

func beside(path, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(path), name)
}
