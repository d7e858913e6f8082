package oidc

import (
	"math"
	"strconv"
	"time"
)

// maxMaxAge keeps a max_age in seconds usable as a time.Duration.
const maxMaxAge = int64(math.MaxInt64 / time.Second)

// checkMaxAge reads max_age, a whole number of seconds, or applies default_max_age
// (OIDC Core 3.1.2.1, Registration 2). Either makes auth_time a required claim.
func checkMaxAge(c *checking) *Error {
	c.request.AuthTimeAsked = c.client.Metadata.RequireAuthTime
	sent := c.sent.get("max_age")
	if sent == "" {
		if d := c.client.Metadata.DefaultMaxAge; d != nil {
			seconds := min(*d, maxMaxAge)
			c.request.MaxAge, c.request.AuthTimeAsked = &seconds, true
		}
		return nil
	}
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if err != nil || !digits(sent) || seconds > maxMaxAge {
		return NewError(InvalidRequest, "max_age must be a whole number of seconds")
	}
	c.request.MaxAge, c.request.AuthTimeAsked = &seconds, true
	return nil
}
