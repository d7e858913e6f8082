// The fapi2 profile with message signing by other hands: requests are signed and pushed,
// responses and introspection come signed, tokens are bound to a key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as rp from 'openid-client'
import { Browser } from './pages.mjs'
import { insecure, issuer, setting, signingKey } from './setting.mjs'

const account = setting.accounts.messages
const browser = new Browser()
const http = { [oauth.allowInsecureRequests]: insecure }
const client = setting.clients.messages
const key = await signingKey(client)
const metadata = { authorization_signed_response_alg: 'ES256', id_token_signed_response_alg: 'ES256' }

async function request() {
  const verifier = oauth.generateRandomCodeVerifier()
  return {
    verifier,
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    challenge: await oauth.calculatePKCECodeChallenge(verifier),
  }
}

const parameters = (asked, more = {}) => ({
  redirect_uri: setting.redirect_uri, scope: 'openid email', response_type: 'code', state: asked.state, nonce: asked.nonce,
  code_challenge: asked.challenge, code_challenge_method: 'S256', resource: setting.resource, ...more,
})

const refused = (code) => (err) => {
  assert.equal(err.error ?? err.cause?.error, code)
  return true
}

test('openid-client signs, pushes, proves a key and reads a signed response: PR-01, PR-09, PR-10, JA-04, JA-08', async () => {
  const options = { execute: [rp.useJwtResponseMode, ...(insecure ? [rp.allowInsecureRequests] : [])] }
  const config = await rp.discovery(issuer, client.client_id, metadata, rp.PrivateKeyJwt(key), options)
  assert.ok(config.serverMetadata().pushed_authorization_request_endpoint)
  const DPoP = rp.getDPoPHandle(config, await rp.randomDPoPKeyPair('ES256'))
  const asked = await request()
  const { searchParams } = await rp.buildAuthorizationUrlWithJAR(config, parameters(asked, { max_age: '3600', claims: '{"id_token":{"acr":null}}' }), key)
  const url = await rp.buildAuthorizationUrlWithPAR(config, searchParams, { DPoP })
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri'])

  const answer = await browser.authorize(url, setting.redirect_uri, account)
  assert.deepEqual([...answer.url.searchParams.keys()], ['response'])
  const tokens = await rp.authorizationCodeGrant(config, answer.url, {
    pkceCodeVerifier: asked.verifier, expectedState: asked.state, expectedNonce: asked.nonce, idTokenExpected: true, maxAge: 3600,
  }, undefined, { DPoP })
  assert.equal(tokens.claims().sub, account.sub)
  assert.equal((await rp.fetchUserInfo(config, tokens.access_token, account.sub, { DPoP })).sub, account.sub)

  // PR-10: the code was bound to the key that the pushed request proved.
  const other = rp.getDPoPHandle(config, await rp.randomDPoPKeyPair('ES256'))
  const again = await request()
  const signed = await rp.buildAuthorizationUrlWithJAR(config, parameters(again), key)
  const back = await browser.authorize(await rp.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP }), setting.redirect_uri, account)
  await assert.rejects(rp.authorizationCodeGrant(config, back.url, {
    pkceCodeVerifier: again.verifier, expectedState: again.state, expectedNonce: again.nonce, idTokenExpected: true,
  }, undefined, { DPoP: other }), (err) => ['invalid_grant', 'invalid_dpop_proof'].includes(err.error))

  // PR-01, JA-01: neither through the browser nor unsigned.
  await assert.rejects(rp.buildAuthorizationUrlWithPAR(config, parameters(await request())), refused('invalid_request_object'))
})

test('oauth4webapi does the same by hand, and checks a signed introspection: PR-08, JA-08, JA-09', async () => {
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
  const me = { client_id: client.client_id, ...metadata }
  const DPoP = oauth.DPoP(me, await oauth.generateKeyPair('ES256'))
  const asked = await request()
  const object = await oauth.issueRequestObject(as, me, parameters(asked, { response_mode: 'form_post.jwt' }), key)
  const response = await oauth.pushedAuthorizationRequest(as, me, oauth.PrivateKeyJwt(key), { request: object }, { ...http, DPoP })
  assert.equal(response.status, 201)
  const { request_uri } = await oauth.processPushedAuthorizationResponse(as, me, response)
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({ client_id: me.client_id, request_uri })
  const answer = await browser.authorize(url, setting.redirect_uri, account)
  assert.ok(answer.fields?.response, 'the answer came as a form')
  const checked = await oauth.validateJwtAuthResponse(as, me, new URLSearchParams({ response: answer.fields.response }), asked.state, http)
  const tokens = await oauth.processAuthorizationCodeResponse(as, me,
    await oauth.authorizationCodeGrantRequest(as, me, oauth.PrivateKeyJwt(key), checked, setting.redirect_uri, asked.verifier, { ...http, DPoP }),
    { expectedNonce: asked.nonce, requireIdToken: true })

  const server = { client_id: setting.resource_server.client_id, introspection_signed_response_alg: 'PS256' }
  const asks = oauth.ClientSecretBasic(setting.resource_server.client_secret)
  const said = await oauth.introspectionRequest(as, server, asks, tokens.access_token, http)
  assert.match(said.headers.get('content-type'), /^application\/token-introspection\+jwt/)
  const live = await oauth.processIntrospectionResponse(as, server, said)
  await oauth.validateApplicationLevelSignature(as, said, http)
  assert.equal(live.active, true)
  assert.equal(live.sub, account.sub)
  assert.ok(live.cnf.jkt)
  // Nothing unsigned, whatever the Accept header says.
  const plain = await oauth.introspectionRequest(as, server, asks, tokens.access_token, { ...http, requestJwtResponse: false })
  assert.match(plain.headers.get('content-type'), /^application\/token-introspection\+jwt/)
})

test('oauth4webapi is told why a request object is refused: JA-02, JA-03', async () => {
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
  const me = { client_id: client.client_id, ...metadata }
  for (const spoil of [(h, c) => { c.aud = 'https://other.example' }, (h, c) => { c.exp = c.iat - 600 }, (h, c) => { delete c.nbf }]) {
    const object = await oauth.issueRequestObject(as, me, parameters(await request()), key, { [oauth.modifyAssertion]: spoil })
    const response = await oauth.pushedAuthorizationRequest(as, me, oauth.PrivateKeyJwt(key), { request: object }, http)
    await assert.rejects(oauth.processPushedAuthorizationResponse(as, me, response), refused('invalid_request_object'))
  }
})
