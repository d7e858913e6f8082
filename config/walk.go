package config

import (
	"encoding"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// walker holds a tree of maps, lists and strings against the type of the configuration. It
// says of each key whether it is known and of each value whether it can be read, so that
// decoding cannot fail afterwards.
type walker struct{ problems Problems }

var (
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	prefixType   = reflect.TypeFor[netip.Prefix]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// fields lists the configurable fields of a struct by key, in order.
func fields(t reflect.Type) (keys []string, byKey map[string]reflect.StructField) {
	byKey = map[string]reflect.StructField{}
	for f := range t.Fields() {
		if key := f.Tag.Get("koanf"); key != "" && key != "-" {
			keys, byKey[key] = append(keys, key), f
		}
	}
	return keys, byKey
}

func leaf(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice:
		return reflect.PointerTo(t).Implements(textType)
	}
	return true
}

// walk returns what of raw can be used. Absent values (null) are left out.
func (w *walker) walk(t reflect.Type, raw any, path string) (any, bool) {
	if raw == nil {
		return nil, false
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if leaf(t) {
		return w.scalar(t, raw, path)
	}
	if t.Kind() == reflect.Slice {
		return w.list(t, raw, path)
	}
	tree, ok := raw.(map[string]any)
	if !ok {
		w.problems.add(path, "is a section, not a value", "write its keys below it: "+strings.Join(below(t), ", "))
		return nil, false
	}
	out := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		inner := t
		if t.Kind() == reflect.Map {
			inner = t.Elem()
			if !mapKey(key) {
				w.problems.add(join(path, key), "is not a usable name", "use lower-case letters, digits and single underscores, beginning with a letter or digit")
				continue
			}
		} else {
			known, byKey := fields(t)
			f, ok := byKey[key]
			if !ok {
				w.problems.add(join(path, key), "is not a known key", suggestion(path, key, known))
				continue
			}
			inner = f.Type
		}
		if v, ok := w.walk(inner, tree[key], join(path, key)); ok {
			out[key] = v
		}
	}
	return out, true
}

// mapKey keeps names usable as environment variables and inside acr values.
func mapKey(key string) bool {
	for i, r := range key {
		letter := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !letter && (r != '_' || i == 0) {
			return false
		}
	}
	return key != "" && len(key) <= 64 && !strings.Contains(key, "__") && !strings.HasSuffix(key, "_")
}

func below(t reflect.Type) []string {
	if t.Kind() == reflect.Map {
		return []string{"one per line"}
	}
	known, _ := fields(t)
	return known
}

func (w *walker) list(t reflect.Type, raw any, path string) (any, bool) {
	items, ok := raw.([]any)
	if text, isText := raw.(string); isText {
		ok = true
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
	}
	if !ok {
		w.problems.add(path, "is a section, not a list", "write [first, second]")
		return nil, false
	}
	out := make([]any, 0, len(items))
	for i, item := range items {
		if v, ok := w.walk(t.Elem(), item, fmt.Sprintf("%s.%d", path, i)); ok {
			out = append(out, v)
		}
	}
	return out, true
}

func (w *walker) scalar(t reflect.Type, raw any, path string) (any, bool) {
	text, ok := raw.(string)
	if !ok {
		w.problems.add(path, "is a value, not a section or a list", "write one value")
		return nil, false
	}
	if right, err := readable(t, text); err != nil {
		w.problems.add(path, fmt.Sprintf("is %q, which is not %s", text, err), right)
		return nil, false
	}
	return text, true
}

// readable says what kind of value text should have been, and an example.
func readable(t reflect.Type, text string) (right string, kind error) {
	var err error
	switch {
	case t == durationType:
		_, err = time.ParseDuration(text)
		kind, right = errDuration, "write a number with a unit: 90s, 15m, 8h"
	case t == timeType:
		_, err = time.Parse(time.RFC3339, text)
		kind, right = errTime, "write date, time and offset: 2026-10-01T00:00:00+09:00"
	case t == prefixType:
		_, err = netip.ParsePrefix(text)
		kind, right = errPrefix, "write a network: 10.0.0.0/8 or 192.0.2.7/32"
	case t.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			err = errBool
		}
		kind, right = errBool, "write true or false"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		_, err = strconv.ParseInt(text, 10, t.Bits())
		kind, right = errInt, "write digits only"
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		_, err = strconv.ParseUint(text, 10, t.Bits())
		kind, right = errInt, "write digits only"
	}
	if err == nil {
		return "", nil
	}
	return right, kind
}

type kindError string

func (k kindError) Error() string { return string(k) }

const (
	errDuration = kindError("a duration")
	errTime     = kindError("a point in time")
	errPrefix   = kindError("a network")
	errBool     = kindError("true or false")
	errInt      = kindError("a whole number in range")
)
