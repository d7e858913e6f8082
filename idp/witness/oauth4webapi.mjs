// The low-level library: every response is checked by it member by member.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { Browser } from './pages.mjs'
import { insecure, issuer, setting, signingKey } from './setting.mjs'

const account = setting.accounts.oauth4webapi
const browser = new Browser()
const http = { [oauth.allowInsecureRequests]: insecure }

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
const same = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...http, algorithm: 'oauth2' }))

async function authentication(method, client) {
  switch (method) {
    case 'client_secret_basic': return oauth.ClientSecretBasic(client.client_secret)
    case 'client_secret_post': return oauth.ClientSecretPost(client.client_secret)
    case 'private_key_jwt': return oauth.PrivateKeyJwt(await signingKey(client))
    case 'none': return oauth.None()
  }
}

async function introspect(token) {
  const server = { client_id: setting.resource_server.client_id }
  const auth = oauth.ClientSecretBasic(setting.resource_server.client_secret)
  return oauth.processIntrospectionResponse(as, server, await oauth.introspectionRequest(as, server, auth, token, http))
}

/** Has the library check an access token as a resource server would: typ, iss, aud, exp, signature. */
async function accessToken(token, audience) {
  const request = new Request('https://api.example/orders', { headers: { authorization: `Bearer ${token}` } })
  return oauth.validateJwtAccessToken(as, request, audience, http)
}

async function signIn(client, auth) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: setting.redirect_uri,
    scope: 'openid email offline_access',
    prompt: 'consent',
    max_age: '3600',
    state,
    nonce,
    resource: setting.resource,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const answer = await browser.authorize(url, setting.redirect_uri, account)
  const parameters = oauth.validateAuthResponse(as, client, answer.url, state)
  const response = await oauth.authorizationCodeGrantRequest(as, client, auth, parameters, setting.redirect_uri, verifier, http)
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, maxAge: 3600, requireIdToken: true })
  await oauth.validateApplicationLevelSignature(as, response, http)
  return { tokens, claims: oauth.getValidatedIdTokenClaims(tokens) }
}

test('oauth4webapi reads the same metadata in both places: DJ-01', () => {
  assert.deepEqual(same, as)
  assert.equal(as.authorization_response_iss_parameter_supported, true)
  assert.deepEqual(as.code_challenge_methods_supported, ['S256'])
  assert.equal(as.request_uri_parameter_supported, false)
})

for (const [method, client] of Object.entries(setting.clients)) {
  test(`oauth4webapi signs in with ${method}: ID-01, ID-05, TK-13`, async () => {
    const auth = await authentication(method, client)
    const { tokens, claims } = await signIn(client, auth)
    assert.equal(claims.sub, account.sub)

    const access = await accessToken(tokens.access_token, setting.resource)
    assert.equal(access.sub, claims.sub)
    assert.equal(access.client_id, client.client_id)
    assert.equal(access.acr, claims.acr)
    assert.equal(access.auth_time, claims.auth_time)
    await assert.rejects(accessToken(tokens.id_token, client.client_id), 'an ID token is no access token')

    const userinfo = await oauth.userInfoRequest(as, client, tokens.access_token, http)
    assert.equal((await oauth.processUserInfoResponse(as, client, claims.sub, userinfo)).sub, claims.sub)

    const refreshed = await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, http)
    const renewed = await oauth.processRefreshTokenResponse(as, client, refreshed)
    const later = await accessToken(renewed.access_token, setting.resource)
    assert.equal(later.auth_time, access.auth_time, 'RT-07')
    assert.equal(later.acr, access.acr)

    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, renewed.access_token, http))
    assert.deepEqual(await introspect(renewed.access_token), { active: false })
  })
}

for (const [method, client] of Object.entries(setting.clients)) {
  if (method === 'none') continue
  test(`oauth4webapi asks for a token of its own with ${method}: TK-15`, async () => {
    const auth = await authentication(method, client)
    const response = await oauth.clientCredentialsGrantRequest(as, client, auth, { resource: setting.resource }, http)
    const tokens = await oauth.processClientCredentialsResponse(as, client, response)
    const access = await accessToken(tokens.access_token, setting.resource)
    assert.equal(access.client_id, client.client_id)
    assert.match(access.sub, /^client:/) // a name that no customer can have
    assert.notEqual(access.sub, account.sub)
    assert.equal((await introspect(tokens.access_token)).active, true)
  })
}

test('oauth4webapi is refused with a wrong secret: TK-10', async () => {
  const client = { client_id: setting.clients.client_secret_basic.client_id }
  const response = await oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretBasic('wrong'), {}, http)
  assert.equal(response.status, 401)
  assert.match(response.headers.get('www-authenticate') ?? '', /^Basic/i)
  assert.equal((await response.json()).error, 'invalid_client')
})
