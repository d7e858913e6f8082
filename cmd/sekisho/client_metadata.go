package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sekisho/config"
	"sekisho/idp"
	"sekisho/idp/fetch"
	"sekisho/idp/oidc"
	"sekisho/idp/provider"
)

// metadataFlags lets simple clients be registered without a file.
type metadataFlags struct {
	file, id, name, profile, method, scope string
	redirects, logouts, resources, grants  []string
	serves                                 []string
	backChannel, frontChannel, begin       string
	firstParty, native                     bool
	dpopBound, certificateBound            bool
	requirePushed, requireSigned           bool
}

func (m *metadataFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&m.file, "file", "f", "", "JSON file with the metadata by its registered names (RFC 7591); - reads standard input")
	f.StringVar(&m.name, "name", "", "client_name")
	f.StringVar(&m.profile, "profile", "", "sekisho_profile: fapi2, oauth21 (default) or oidc")
	f.StringVar(&m.method, "auth-method", "", "token_endpoint_auth_method: none, client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth or self_signed_tls_client_auth")
	f.StringVar(&m.scope, "scope", "", "scope: what it may ask for, separated by spaces")
	f.StringSliceVar(&m.redirects, "redirect-uri", nil, "redirect_uris")
	f.StringSliceVar(&m.logouts, "post-logout-redirect-uri", nil, "post_logout_redirect_uris")
	f.StringVar(&m.backChannel, "backchannel-logout-uri", "", "backchannel_logout_uri: where the provider tells it that a session is over")
	f.StringVar(&m.frontChannel, "frontchannel-logout-uri", "", "frontchannel_logout_uri: what the signed-out page frames to tell it")
	f.StringVar(&m.begin, "initiate-login-uri", "", "initiate_login_uri: where it begins a sign-in that somebody else asks for")
	f.StringSliceVar(&m.resources, "resource", nil, "sekisho_resources: resource indicators it may ask tokens for")
	f.StringSliceVar(&m.serves, "resource-server", nil, "sekisho_resource_server: resources it is the server of, whose tokens it may introspect")
	f.StringSliceVar(&m.grants, "grant-type", nil, "grant_types")
	f.BoolVar(&m.firstParty, "first-party", false, "sekisho_first_party: no consent page")
	f.BoolVar(&m.dpopBound, "dpop-bound", false, "dpop_bound_access_tokens: no token without a DPoP proof")
	f.BoolVar(&m.certificateBound, "certificate-bound", false, "tls_client_certificate_bound_access_tokens: no token without a client certificate")
	f.BoolVar(&m.requirePushed, "require-pushed", false, "require_pushed_authorization_requests: no authorization request through the browser")
	f.BoolVar(&m.requireSigned, "require-signed-request", false, "require_signed_request_object: no authorization request without the client's signature")
	f.BoolVar(&m.native, "native", false, "application_type native")
}

// apply changes the members whose flags were given.
func (m *metadataFlags) apply(meta *idp.ClientMetadata, given *pflag.FlagSet) {
	set := func(flag string, change func()) {
		if given.Changed(flag) {
			change()
		}
	}
	set("name", func() { meta.ClientName = m.name })
	set("profile", func() { meta.ClientProfile = idp.ClientProfile(m.profile) })
	set("auth-method", func() { meta.TokenEndpointAuthMethod = m.method })
	set("scope", func() { meta.Scope = m.scope })
	set("redirect-uri", func() { meta.RedirectURIs = m.redirects })
	set("post-logout-redirect-uri", func() { meta.PostLogoutRedirectURIs = m.logouts })
	set("backchannel-logout-uri", func() { meta.BackChannelLogoutURI = m.backChannel })
	set("frontchannel-logout-uri", func() { meta.FrontChannelLogoutURI = m.frontChannel })
	set("initiate-login-uri", func() { meta.InitiateLoginURI = m.begin })
	set("resource", func() { meta.Resources = m.resources })
	set("resource-server", func() { meta.ResourceServer = m.serves })
	set("grant-type", func() { meta.GrantTypes = m.grants })
	set("first-party", func() { meta.FirstParty = m.firstParty })
	set("dpop-bound", func() { meta.DPoPBound = m.dpopBound })
	set("certificate-bound", func() { meta.CertificateBound = m.certificateBound })
	set("require-pushed", func() { meta.RequirePushed = m.requirePushed })
	set("require-signed-request", func() { meta.RequireSignedRequest = m.requireSigned })
	set("native", func() {
		meta.ApplicationType = oidc.ApplicationWeb
		if m.native {
			meta.ApplicationType = oidc.ApplicationNative
		}
	})
}

// read reads the metadata file, if one was named.
func (m *metadataFlags) read(stdin io.Reader) (idp.ClientMetadata, error) {
	if m.file == "" {
		return idp.ClientMetadata{}, nil
	}
	raw, err := readInput(m.file, stdin)
	if err != nil {
		return idp.ClientMetadata{}, err
	}
	if err := nameMistakes(m.file, raw, reflect.TypeFor[idp.ClientMetadata]()); err != nil {
		return idp.ClientMetadata{}, err
	}
	meta, wrong := oidc.ParseClientMetadata(raw)
	if wrong != nil {
		return meta, usage("%s: %s", m.file, wrong.Description)
	}
	return meta, nil
}

// mostInput bounds a file that a command reads, in bytes.
const mostInput = 1 << 20

func readInput(file string, stdin io.Reader) ([]byte, error) {
	in, name := stdin, "standard input"
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, usage("--file: %v", err)
		}
		defer f.Close()
		in, name = f, file
	}
	raw, err := io.ReadAll(io.LimitReader(in, mostInput+1))
	if err != nil {
		return nil, usage("--file: %v", err)
	}
	if len(raw) > mostInput {
		return nil, usage("%s: longer than %d bytes", name, mostInput)
	}
	return raw, nil
}

// nameMistakes says which member of a JSON document is not known or holds the wrong type,
// and what would be right. What it lets pass is still decoded strictly.
func nameMistakes(file string, raw []byte, t reflect.Type) error {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(raw, &top); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return usage("%s:%d: not well-formed JSON: %v", file, 1+strings.Count(string(raw[:syntax.Offset]), "\n"), err)
		}
		return usage("%s: not a JSON object", file)
	}
	fields := map[string]reflect.Type{}
	near := &cobra.Command{SuggestionsMinimumDistance: 3}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		fields[name] = t.Field(i).Type
		near.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	var wrong []string
	for name, value := range top {
		field, known := fields[name]
		switch {
		case !known && len(near.SuggestionsFor(name)) > 0:
			wrong = append(wrong, fmt.Sprintf("%s: member %q is not known; did you mean %s?", file, name, strings.Join(near.SuggestionsFor(name), " or ")))
		case !known:
			wrong = append(wrong, fmt.Sprintf("%s: member %q is not known", file, name))
		case json.Unmarshal(value, reflect.New(field).Interface()) != nil:
			wrong = append(wrong, fmt.Sprintf("%s: %s must be %s", file, name, inWords(field)))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return usage("%s", strings.Join(wrong, "\n"))
}

// inWords is what a JSON value of a Go type is called.
func inWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return inWords(t.Elem())
	case reflect.Slice:
		return "a list of strings"
	case reflect.Bool:
		return "true or false"
	case reflect.Int64:
		return "a whole number"
	case reflect.Map, reflect.Struct:
		return "an object"
	}
	return "a string"
}

// memberRows lists the members that are set, by their registered names.
func memberRows(m idp.ClientMetadata) ([][]string, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	var top map[string]any
	if err := json.Unmarshal(raw, &top); err != nil {
		return nil, err
	}
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(top)) {
		value := top[name]
		text, ok := value.(string)
		if list, isList := value.([]any); isList && len(list) > 0 {
			for _, item := range list {
				rows = append(rows, []string{name, fmt.Sprint(item)})
				name = ""
			}
			continue
		}
		if !ok {
			compact, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			text = string(compact)
		}
		rows = append(rows, []string{name, text})
	}
	return rows, nil
}

func checkMetadata(c *config.Config, m idp.ClientMetadata) (idp.ClientMetadata, error) {
	checked, wrong := oidc.CheckClientMetadata(m, provider.MetadataRules(c))
	if wrong != nil {
		return m, usage("%s: %s", wrong.Code, wrong.Description)
	}
	if wrong := oidc.CheckSectorDocument(context.Background(), checked, fetch.New(fetch.Options{})); wrong != nil {
		return m, fmt.Errorf("%s: %s", wrong.Code, wrong.Description)
	}
	return checked, nil
}

// checkClientID admits what travels unharmed in URLs, forms and HTTP Basic.
func checkClientID(id string) error {
	for _, r := range id {
		if r <= ' ' || r > '~' || strings.ContainsRune(`"\:&+%#?/<>`, r) {
			return usage("--id %q: use letters, digits and . _ - ~ only", id)
		}
	}
	if len(id) > 128 {
		return usage("--id: longer than 128 characters")
	}
	return nil
}
