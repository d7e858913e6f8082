package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// plain turns a configuration into the same tree of maps, lists and strings that a file
// is read into. Zero times and nil pointers are left out.
func plain(v reflect.Value) any {
	t := v.Type()
	switch {
	case t == durationType:
		return durationText(time.Duration(v.Int()))
	case t == timeType:
		return v.Interface().(time.Time).Format(time.RFC3339)
	case leaf(t) && t.Kind() != reflect.Pointer:
		return fmt.Sprint(v.Interface())
	}
	switch t.Kind() {
	case reflect.Pointer:
		return plain(v.Elem())
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = plain(v.Index(i))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for key, value := range v.Seq2() {
			out[key.String()] = plain(value)
		}
		return out
	}
	out := map[string]any{}
	keys, byKey := fields(t)
	for _, key := range keys {
		f := v.FieldByIndex(byKey[key].Index)
		if f.Kind() == reflect.Pointer && f.IsNil() || f.Type() == timeType && f.IsZero() {
			continue
		}
		out[key] = plain(f)
	}
	return out
}

// durationText is Duration.String without the zero units at its end.
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
