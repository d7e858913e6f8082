// Sender-constrained tokens by other hands: the high-level library makes the proofs, the
// low-level one checks them as a resource server would.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as rp from 'openid-client'
import { Browser } from './pages.mjs'
import { insecure, issuer, setting, signingKey } from './setting.mjs'

const account = setting.accounts.dpop
const browser = new Browser()
const options = insecure ? { execute: [rp.allowInsecureRequests] } : undefined
const http = { [oauth.allowInsecureRequests]: insecure }

async function configured(name) {
  const client = setting.clients[name]
  const auth = client.private_jwk ? rp.PrivateKeyJwt(await signingKey(client)) : rp.None()
  return rp.discovery(issuer, client.client_id, {}, auth, options)
}

async function proving(config) {
  const pair = await rp.randomDPoPKeyPair('ES256')
  const DPoP = rp.getDPoPHandle(config, pair)
  return { DPoP, jkt: await DPoP.calculateThumbprint() }
}

async function code(config, jkt) {
  const verifier = rp.randomPKCECodeVerifier()
  const expected = { pkceCodeVerifier: verifier, expectedState: rp.randomState(), expectedNonce: rp.randomNonce(), idTokenExpected: true }
  const url = rp.buildAuthorizationUrl(config, {
    redirect_uri: setting.redirect_uri, scope: 'openid email offline_access', prompt: 'consent',
    code_challenge: await rp.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    state: expected.expectedState, nonce: expected.expectedNonce, resource: setting.resource, ...(jkt ? { dpop_jkt: jkt } : {}),
  })
  return { answer: await browser.authorize(url, setting.redirect_uri, account), expected }
}

const refused = (...codes) => (err) => {
  assert.ok(codes.includes(err.error), `${err.error} is none of ${codes}`)
  return true
}

for (const name of Object.keys(setting.clients)) {
  test(`openid-client holds a key for ${name}: DP-05, DP-07, DP-08, RT-05`, async () => {
    const config = await configured(name)
    assert.ok(config.serverMetadata().dpop_signing_alg_values_supported.includes('ES256'))
    const key = await proving(config)
    const { answer, expected } = await code(config, key.jkt)
    const tokens = await rp.authorizationCodeGrant(config, answer.url, expected, undefined, { DPoP: key.DPoP })
    assert.equal(tokens.token_type, 'dpop')
    const { sub } = tokens.claims()

    const userinfo = await rp.fetchUserInfo(config, tokens.access_token, sub, { DPoP: key.DPoP })
    assert.equal(userinfo.sub, sub)
    await assert.rejects(rp.fetchUserInfo(config, tokens.access_token, sub), 'DP-06: as a bearer token')
    const other = await proving(config)
    await assert.rejects(rp.fetchUserInfo(config, tokens.access_token, sub, { DPoP: other.DPoP }), 'DP-06: another key')

    const renewed = await rp.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: key.DPoP })
    assert.equal(renewed.token_type, 'dpop')
    const newest = renewed.refresh_token ?? tokens.refresh_token
    if (name === 'mobile') {
      await assert.rejects(rp.refreshTokenGrant(config, newest, undefined, { DPoP: other.DPoP }), refused('invalid_grant', 'invalid_dpop_proof'))
    }
    await assert.rejects(rp.refreshTokenGrant(config, newest), refused('invalid_dpop_proof'))
  })
}

test('openid-client redeems a code with another key: DP-07', async () => {
  const config = await configured('desk')
  const key = await proving(config)
  const other = await proving(config)
  const { answer, expected } = await code(config, key.jkt)
  await assert.rejects(rp.authorizationCodeGrant(config, answer.url, expected, undefined, { DPoP: other.DPoP }), refused('invalid_grant', 'invalid_dpop_proof'))
})

test('oauth4webapi accepts the bound token as a resource server: DP-08, MT-03', async () => {
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
  const config = await configured('desk')
  const key = await proving(config)
  const { answer, expected } = await code(config)
  const tokens = await rp.authorizationCodeGrant(config, answer.url, expected, undefined, { DPoP: key.DPoP })
  let seen
  config[rp.customFetch] = async (url, init) => { // nobody is there: what would be sent is the witness
    seen = new Request(url, { method: init.method, headers: init.headers })
    return new Response('{}', { status: 200 })
  }
  await rp.fetchProtectedResource(config, tokens.access_token, new URL('https://api.aoba.example/orders'), 'GET', undefined, undefined, { DPoP: key.DPoP })
  const claims = await oauth.validateJwtAccessToken(as, seen, setting.resource, { ...http, requireDPoP: true })
  assert.equal(claims.cnf.jkt, key.jkt)
})
