package oidc

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestClaimsRequest(t *testing.T) {
	for raw, want := range map[string]bool{
		`{}`: true, `{"userinfo":null}`: true, `{"userinfo":{"email":null,"martian":{"essential":true,"x":1}},"elsewhere":[1]}`: true,
		`{"id_token":{"auth_time":{"essential":true}}}`: true, `{"id_token":{"acr":{"values":["a","b"]}}}`: true, `{"userinfo":{"amount":{"value":12}}}`: true,
		``: false, `null`: false, `1`: false, `"x"`: false, `{"userinfo":[]}`: false, `{"userinfo":{"email":1}}`: false,
		`{"userinfo":{"email":{"essential":"yes"}}}`: false, `{"userinfo":{"email":{"essential":null}}}`: false, `{"userinfo":{"email":{"values":[]}}}`: false,
		`{"userinfo":{"email":{"values":"a"}}}`: false, `{"userinfo":{"email":{"value":1,"values":[1]}}}`: false, `{"userinfo":{"":null}}`: false,
		`{"userinfo":{},"userinfo":{}}`: false, `{} {}`: false, "\ufeff{}": false, "{\"a\":\"\xff\"}": false,
		`{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`: false,
		`{"a":"` + strings.Repeat("a", 90000) + `"}`:                      false,
	} {
		t.Run("ID-09 "+raw[:min(len(raw), 40)], func(t *testing.T) {
			if _, e := ParseClaimsRequest([]byte(raw)); (e == nil) != want {
				t.Errorf("got %v", e)
			}
		})
	}
}

func TestClaimsOfARequest(t *testing.T) {
	ask := func(claims string, more ...string) *AuthorizationRequest {
		t.Helper()
		return accept(t, good(append([]string{"claims", claims}, more...)...))
	}
	t.Run("essential acr wins over acr_values", func(t *testing.T) {
		q := ask(`{"id_token":{"acr":{"essential":true,"values":["phrh","phr"]}}}`, "acr_values", "urn:sekisho:acr:email")
		if values, essential := q.AskedACR(); !essential || !slices.Equal(values, []string{"phrh", "phr"}) {
			t.Error(values, essential)
		}
	})
	t.Run("a voluntary acr claim is a preference", func(t *testing.T) {
		q := ask(`{"id_token":{"acr":{"value":"phr"}}}`)
		if values, essential := q.AskedACR(); essential || !slices.Equal(values, []string{"phr"}) {
			t.Error(values, essential)
		}
		q = ask(`{"id_token":{"acr":{"value":"phr"}}}`, "acr_values", "mfa")
		if values, _ := q.AskedACR(); !slices.Equal(values, []string{"mfa"}) {
			t.Error(values)
		}
	})
	t.Run("letter case is exact", func(t *testing.T) {
		q := ask(`{"ID_TOKEN":{"acr":{"essential":true,"value":"x"}},"id_token":{"acr":{"Essential":true,"VALUE":"x"}}}`)
		if values, essential := q.AskedACR(); essential || len(values) != 0 {
			t.Error(values, essential)
		}
	})
	t.Run("auth_time asked by claim", func(t *testing.T) {
		if !ask(`{"id_token":{"auth_time":null}}`).AuthTimeAsked || ask(`{"userinfo":{"auth_time":null}}`).AuthTimeAsked {
			t.Error("auth_time")
		}
	})
	t.Run("AZ-22 nobody but the subject named", func(t *testing.T) {
		q := ask(`{"id_token":{"sub":{"value":"alice"}}}`)
		if !q.AllowsSubject("alice") || q.AllowsSubject("bob") || q.AllowsSubject("") {
			t.Errorf("%+v", q.Subjects)
		}
		q = ask(`{"id_token":{"sub":{"values":["alice","bob"]}},"userinfo":{"sub":{"value":"bob"}}}`)
		if q.AllowsSubject("alice") || !q.AllowsSubject("bob") {
			t.Errorf("%+v", q.Subjects)
		}
		wantRedirect(t, good("claims", `{"id_token":{"sub":{"value":"alice"}},"userinfo":{"sub":{"value":"bob"}}}`), InvalidRequest)
		wantRedirect(t, good("claims", `{"id_token":{"sub":{"value":7}}}`), InvalidRequest)
		wantRedirect(t, good("claims", `{"id_token":{"sub":{"value":null}}}`), InvalidRequest)
	})
	t.Run("AZ-21 nor the subject of the hint", func(t *testing.T) {
		q := accept(t, good())
		q.HintSubject = "alice"
		if !q.AllowsSubject("alice") || q.AllowsSubject("bob") {
			t.Error("hint")
		}
	})
	wantRedirect(t, good("claims", `{"id_token":{"acr":{"value":1}}}`), InvalidRequest)
	wantRedirect(t, good("claims", `{"a":"`+strings.Repeat("a", 9000)+`"}`), InvalidRequest)
}

// IN-07: what is parsed and printed reads the same again.
func FuzzClaimsRequest(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"id_token":{"acr":{"essential":true,"value":"phr"}},"userinfo":{"email":null}}`, `{"id_token":{"sub":{"values":["a"]}}}`,
		`{"a":{"a":{"a":[1e999,null,"\ud800"]}}}`, `[`, `{"id_token":{"x":{"value":{"y":[true]}}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, e := ParseClaimsRequest(raw)
		if e != nil {
			return
		}
		printed, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		second, e := ParseClaimsRequest(printed)
		if e != nil {
			t.Fatalf("%s: %v", printed, e)
		}
		again, err := json.Marshal(second)
		if err != nil || string(again) != string(printed) {
			t.Fatalf("%s\n%s", printed, again)
		}
		if len(first.IDToken) != len(second.IDToken) || !reflect.DeepEqual(keys(first.UserInfo), keys(second.UserInfo)) {
			t.Fatalf("%s", printed)
		}
	})
}

func keys(m map[string]ClaimRequest) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
