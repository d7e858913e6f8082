package provider

import (
	"time"

	"sekisho/idp"
	"sekisho/idp/oidc"
)

// Paths of the protocol endpoints, below the issuer.
const (
	authorizePath  = "/authorize"
	tokenPath      = "/token"
	pushedPath     = "/par"
	userinfoPath   = "/userinfo"
	introspectPath = "/introspect"
	revokePath     = "/revoke"
	jwksPath       = "/jwks"
	logoutPath     = "/logout"
	registerPath   = "/register"
	withdrawalPath = "/notifications/withdrawal-requested"
	redeemPath     = "/transactions/redeem"
)

// Scopes that mean something here (OIDC Core 5.4 and 11).
var Scopes = []string{"openid", "profile", "email", "phone", "address", "offline_access", oidc.ScopeNotifyWithdrawal}

const (
	// enrolFresh is how recent the sign-in before a change of authenticators must be (PG-16).
	enrolFresh = 5 * time.Minute
	// knownBrowserLife is how long a browser counts as seen before (SE-12).
	knownBrowserLife = 180 * 24 * time.Hour
)

// clientFailures is how often one client may fail to authenticate from one address: ten
// times at once, then once in ten seconds (CA-11).
var clientFailures = idp.RateLimit{Every: 10 * time.Second, Burst: 10}
