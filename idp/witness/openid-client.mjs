// The widely used high-level relying-party library, knowing nothing but the discovery document.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as rp from 'openid-client'
import { Browser } from './pages.mjs'
import { insecure, issuer, setting, signingKey } from './setting.mjs'

const account = setting.accounts['openid-client']
const scope = 'openid profile email offline_access'
const browser = new Browser() // one customer: signs in once, then single sign-on
const options = insecure ? { execute: [rp.allowInsecureRequests] } : undefined

async function authentication(method, client) {
  switch (method) {
    case 'client_secret_basic': return rp.ClientSecretBasic(client.client_secret)
    case 'client_secret_post': return rp.ClientSecretPost(client.client_secret)
    case 'private_key_jwt': return rp.PrivateKeyJwt(await signingKey(client))
    case 'none': return rp.None()
  }
}

async function configured(method, client) {
  return rp.discovery(issuer, client.client_id, {}, await authentication(method, client), options)
}

async function signIn(config, parameters = {}) {
  const verifier = rp.randomPKCECodeVerifier()
  const expected = { pkceCodeVerifier: verifier, expectedState: rp.randomState(), expectedNonce: rp.randomNonce(), idTokenExpected: true }
  const url = rp.buildAuthorizationUrl(config, {
    redirect_uri: setting.redirect_uri,
    scope,
    prompt: 'consent',
    code_challenge: await rp.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: expected.expectedState,
    nonce: expected.expectedNonce,
    resource: setting.resource,
    ...parameters,
  })
  return { answer: await browser.authorize(url, setting.redirect_uri, account), expected }
}

async function introspect(token) {
  const server = await rp.discovery(issuer, setting.resource_server.client_id, {}, rp.ClientSecretBasic(setting.resource_server.client_secret), options)
  return rp.tokenIntrospection(server, token)
}

const refused = (code) => (err) => {
  assert.equal(err.error, code)
  return true
}

for (const [method, client] of Object.entries(setting.clients)) {
  // The library refuses a missing or different iss (AZ-09), a changed state (AZ-10) and an
  // ID token whose signature, iss, aud, nonce, iat or exp is not as it should be (ID-01).
  test(`openid-client signs in with ${method}: AZ-09, AZ-10, ID-01, HD-08`, async () => {
    const config = await configured(method, client)
    const { answer, expected } = await signIn(config)
    const tokens = await rp.authorizationCodeGrant(config, answer.url, expected)
    const claims = tokens.claims()
    assert.equal(claims.sub, account.sub)
    assert.equal(claims.acr, 'urn:sekisho:acr:mfa')
    assert.deepEqual([...claims.amr].sort(), ['mfa', 'otp', 'pwd'])
    assert.ok(tokens.refresh_token)

    const userinfo = await rp.fetchUserInfo(config, tokens.access_token, claims.sub)
    assert.equal(userinfo.sub, claims.sub)

    const live = await introspect(tokens.access_token)
    assert.equal(live.active, true)
    assert.equal(live.client_id, client.client_id)
    assert.equal(live.acr, claims.acr)

    const renewed = await rp.refreshTokenGrant(config, tokens.refresh_token)
    if (renewed.claims()) {
      const { sub, acr, auth_time } = renewed.claims()
      assert.deepEqual({ sub, acr, auth_time }, { sub: claims.sub, acr: claims.acr, auth_time: claims.auth_time }, 'RT-07')
    }
    const newest = renewed.refresh_token ?? tokens.refresh_token
    await rp.tokenRevocation(config, newest) // RT-11
    await assert.rejects(rp.refreshTokenGrant(config, newest), refused('invalid_grant'))
    assert.deepEqual(await introspect(renewed.access_token), { active: false }) // ID-10
  })
}

test('openid-client takes the response as a form: AZ-30', async () => {
  const config = await configured('client_secret_basic', setting.clients.client_secret_basic)
  const { answer, expected } = await signIn(config, { response_mode: 'form_post' })
  assert.ok(answer.fields, 'the answer came as a form')
  const request = new Request(answer.url, { method: 'POST', body: new URLSearchParams(answer.fields) })
  const tokens = await rp.authorizationCodeGrant(config, request, expected)
  assert.equal(tokens.claims().sub, account.sub)
})

test('openid-client spends a code twice: TK-02', async () => {
  const config = await configured('client_secret_post', setting.clients.client_secret_post)
  const { answer, expected } = await signIn(config)
  const tokens = await rp.authorizationCodeGrant(config, answer.url, expected)
  await assert.rejects(rp.authorizationCodeGrant(config, answer.url, expected), refused('invalid_grant'))
  assert.deepEqual(await introspect(tokens.access_token), { active: false })
  await assert.rejects(rp.refreshTokenGrant(config, tokens.refresh_token), refused('invalid_grant'))
})

for (const [method, client] of Object.entries(setting.clients)) {
  test(`openid-client asks for a token of its own with ${method}: TK-16`, async () => {
    const config = await configured(method, client)
    const asked = rp.clientCredentialsGrant(config, { resource: setting.resource })
    if (method === 'none') {
      await assert.rejects(asked, (err) => ['unauthorized_client', 'invalid_client'].includes(err.error))
      return
    }
    const tokens = await asked
    assert.equal(tokens.refresh_token, undefined)
    assert.equal(tokens.id_token, undefined)
    await assert.rejects(rp.clientCredentialsGrant(config, { resource: setting.resource, scope: 'openid' }), refused('invalid_scope'))
    assert.equal((await introspect(tokens.access_token)).active, true)
  })
}
