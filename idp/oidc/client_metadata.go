package oidc

// Application types (OIDC Registration 2).
const (
	ApplicationWeb    = "web"
	ApplicationNative = "native"
)
