// Package brokerage is the sample securities firm Aoba Trade: a web application and the
// API behind it, written the way any relying party would write them, on go-oidc and
// golang.org/x/oauth2. It knows the provider by its discovery document and by three facts a
// firm's developers are told: operations are asked for as acr_values, sekisho_level in an
// access token is the plain assurance level, and a withdrawal is a transaction that the
// customer approves at the provider (RFC 9396), with a signed receipt.
//
// The API (portfolio, orders, withdrawals) is a resource server: it validates at+jwt access
// tokens by the published keys alone and answers RFC 9470 challenges when a valid token is
// too weak or too old. It pays out for a token that was granted for exactly that withdrawal,
// once, and leaves it to the provider to say that this was the once; while the provider does
// not answer, no money leaves. A token bound to a DPoP key (RFC 9449) is taken with a proof
// of that key and not without. The web application calls its API with the customer's
// token, follows a challenge by restarting the authorization, keeps the form meanwhile and
// completes it afterwards. It follows a challenge once: a second one is explained.
//
// Orders are settled by a second service behind the API. The API goes on to it for the
// customer by exchanging the customer's token for one that is for settlement alone (RFC
// 8693); settlement sees who acts, and the customer's proof as it was given.
//
// When the provider says that a session is over (Back-Channel Logout), the customer is signed
// out here too and told so at the next visit.
//
// The package refuses to know anything of the provider's code or database. Its customers'
// money is sample data in memory.
package brokerage
