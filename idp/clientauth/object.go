package clientauth

import (
	"context"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"sekisho/idp"
	"sekisho/idp/keys"
)

// VerifyObject verifies a JWS by a registered key of the client and one of algs. Its header
// chooses among the registered keys by kid and brings none of its own (JA-06). typ is ""
// when the header has none. The error wraps idp.ErrRejected or ErrKeys.
func (k *ClientKeys) VerifyObject(ctx context.Context, client *idp.Client, compact string, algs []string) (typ string, payload []byte, err error) {
	allowed := make([]jose.SignatureAlgorithm, len(algs))
	for i, alg := range algs {
		allowed[i] = jose.SignatureAlgorithm(alg)
	}
	jws, err := keys.ParseJWS(compact, allowed)
	if err != nil {
		return "", nil, err
	}
	header := jws.Signatures[0].Protected
	if sent, there := header.ExtraHeaders[jose.HeaderType]; there {
		if typ, there = sent.(string); !there {
			return "", nil, fmt.Errorf("%w: typ is no string", idp.ErrRejected)
		}
	}
	registered, err := k.Of(ctx, client, header.KeyID)
	if err != nil {
		return "", nil, err
	}
	for _, key := range candidates(registered, header.KeyID, header.Algorithm) {
		if payload, err := jws.Verify(key.Key); err == nil {
			return typ, payload, nil
		}
	}
	return "", nil, fmt.Errorf("%w: signature", idp.ErrRejected)
}
