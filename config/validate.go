package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-playground/validator/v10"
)

// Validate reports everything that is wrong with the configuration as Problems, or nil.
// In production mode that includes what is merely unsafe (OP-02).
func (c *Config) Validate() error {
	completed := *c
	return completed.validate().err()
}

// validate completes c on the way.
func (c *Config) validate() Problems {
	c.complete()
	problems := c.tagged()
	for _, check := range []func() Problems{
		c.checkIssuer, c.checkListen, c.checkMail, c.checkLanguages, c.checkFirm, c.checkAssurance,
		c.checkPasskey, c.checkAccountKinds, c.checkPassword, c.checkTransactionPassword, c.checkChoices, c.checkTokens, c.checkSession, c.checkSecurityQuestion, c.checkLetters, c.checkMTLS, c.checkRegistration, c.checkDevice, c.checkTransactions, c.checkExchange,
	} {
		problems = append(problems, check()...)
	}
	if c.Mode == Production {
		problems = append(problems, c.refuse()...)
	}
	return problems
}

var tags = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("koanf") })
	for name, ok := range map[string]func(string) bool{
		"level":  func(s string) bool { return slices.Contains(levels, s) },
		"colour": regexp.MustCompile(`^#[0-9a-fA-F]{6}$`).MatchString,
		"listen": listenable,
		"timezone": func(s string) bool {
			_, err := time.LoadLocation(s)
			return s != "" && s != "Local" && err == nil
		},
	} {
		if err := v.RegisterValidation(name, func(f validator.FieldLevel) bool { return ok(f.Field().String()) }); err != nil {
			panic(err) // a programming error: the names above are fixed
		}
	}
	return v
})

// tagged applies the validate tags.
func (c *Config) tagged() (problems Problems) {
	var failed validator.ValidationErrors
	if err := tags().Struct(c); !errors.As(err, &failed) {
		if err != nil {
			problems.add("", err.Error(), "")
		}
		return problems
	}
	for _, f := range failed {
		_, key, _ := strings.Cut(f.Namespace(), ".") // without the type's name
		key = strings.NewReplacer("[", ".", "]", "").Replace(key)
		wrong, right := said(f)
		problems.add(key, wrong, right)
	}
	return problems
}

// said puts a failed tag into words.
func said(f validator.FieldError) (wrong, right string) {
	value := fmt.Sprintf("is %q", fmt.Sprint(plainValue(f.Value())))
	choices := strings.Join(strings.Fields(f.Param()), ", ")
	switch f.Tag() {
	case "required", "required_with":
		return "is missing", ""
	case "oneof":
		return value, "write one of " + choices
	case "level":
		return value + ", which is no assurance level", "write one of " + strings.Join(levels, ", ")
	case "colour":
		return value + ", which is no colour", "write #rrggbb"
	case "listen":
		return value + ", which is no address to listen on", "write host:port or :port"
	case "timezone":
		return value + ", which is no time zone", "write an IANA name such as Asia/Tokyo"
	case "email":
		return value + ", which is no mail address", "write one such as no-reply@example.co.jp"
	case "unique":
		return "lists something twice", "list each once"
	case "gtefield":
		return value + ", shorter than its neighbour " + keyOf(f.Param()), "write at least as much"
	case "min", "max":
		return bounded(f, value)
	case "alphanum":
		return value, "use letters and digits only"
	case "excludes":
		return value, "leave out " + f.Param()
	}
	return value + ", which is not allowed", "see the documentation of this key (" + f.Tag() + ")"
}

func bounded(f validator.FieldError, value string) (wrong, right string) {
	bound := "at least "
	if f.Tag() == "max" {
		bound = "at most "
	}
	if f.Kind() == reflect.Slice {
		return fmt.Sprintf("has %d entries", reflect.ValueOf(f.Value()).Len()), "write " + bound + f.Param()
	}
	return value, "write " + bound + f.Param()
}

// keyOf is the key of a Go field name in a tag.
func keyOf(field string) string {
	return strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(field, "${1}_${2}"))
}

func plainValue(v any) any {
	if d, ok := v.(time.Duration); ok {
		return durationText(d)
	}
	return v
}
