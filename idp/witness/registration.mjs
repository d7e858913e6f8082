// A relying party that nobody registered: it finds the endpoint in discovery, registers
// itself with an initial access token, and signs a customer in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { Browser } from './pages.mjs'
import { insecure, issuer, setting } from './setting.mjs'

const http = { [oauth.allowInsecureRequests]: insecure }
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
const metadata = { redirect_uris: [setting.redirect_uri], client_name: 'Witness', subject_type: 'pairwise', scope: 'openid email' }

test('oauth4webapi registers itself and signs a customer in: DJ-02, ID-08', async () => {
  const initialAccessToken = setting.clients.initial.client_secret
  const client = await oauth.processDynamicClientRegistrationResponse(await oauth.dynamicClientRegistrationRequest(as, metadata, { ...http, initialAccessToken }))
  assert.equal(client.subject_type, 'pairwise')
  assert.equal(client.client_secret_expires_at, 0)

  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: client.client_id, response_type: 'code', redirect_uri: setting.redirect_uri, scope: 'openid email', state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  })
  const answer = await new Browser().authorize(url, setting.redirect_uri, setting.accounts.registration)
  const parameters = oauth.validateAuthResponse(as, client, answer.url, state)
  const auth = oauth.ClientSecretBasic(client.client_secret)
  const response = await oauth.authorizationCodeGrantRequest(as, client, auth, parameters, setting.redirect_uri, verifier, http)
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { requireIdToken: true })
  const { sub } = oauth.getValidatedIdTokenClaims(tokens)
  assert.notEqual(sub, setting.accounts.registration.sub)
  const userinfo = await oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, http))
  assert.equal(userinfo.email_verified, true)

  const own = { method: 'DELETE', headers: { authorization: `Bearer ${client.registration_access_token}` } }
  assert.equal((await fetch(client.registration_client_uri, own)).status, 204)
  assert.equal((await fetch(client.registration_client_uri, { ...own, method: 'GET' })).status, 401)
})

test('oauth4webapi is refused with a token that is used up', async () => {
  const initialAccessToken = setting.clients.initial.client_secret
  const response = await oauth.dynamicClientRegistrationRequest(as, metadata, { ...http, initialAccessToken })
  assert.equal(response.status, 401)
  assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token"/)
})
