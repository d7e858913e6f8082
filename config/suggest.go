package config

import (
	"reflect"
	"strings"
)

// suggestion is what somebody who wrote an unknown key probably meant: a similar key of
// the same section, or the same key of another one.
func suggestion(path, key string, known []string) string {
	best, least := "", 1+max(1, min(3, len(key)/3))
	for _, k := range known {
		if d := distance(strings.ToLower(key), k); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return "did you mean " + join(path, best) + "?"
	}
	var elsewhere []string
	for _, p := range KeyPaths() {
		if strings.HasSuffix("."+p, "."+key) {
			elsewhere = append(elsewhere, p)
		}
	}
	if len(elsewhere) > 0 && len(elsewhere) <= 3 {
		return "did you mean " + strings.Join(elsewhere, " or ") + "?"
	}
	return "known here: " + strings.Join(known, ", ")
}

// KeyPaths lists every key that can be configured, sections included, in the order of the
// documentation. A name chosen by the firm is written NAME; a rule before a rule is listed
// once.
func KeyPaths() []string {
	var out []string
	var list func(t reflect.Type, path string, within []reflect.Type)
	list = func(t reflect.Type, path string, within []reflect.Type) {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if path != "" {
			out = append(out, path)
		}
		if leaf(t) {
			return
		}
		switch t.Kind() {
		case reflect.Map:
			if !leaf(t.Elem()) {
				list(t.Elem(), path+".NAME", within)
			}
		case reflect.Struct:
			for _, seen := range within {
				if seen == t {
					return
				}
			}
			keys, byKey := fields(t)
			for _, key := range keys {
				list(byKey[key].Type, join(path, key), append(within, t))
			}
		}
	}
	list(reflect.TypeFor[Config](), "", nil)
	return out
}

// distance is the number of single-character edits between two keys, a swap of neighbours
// being one (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
