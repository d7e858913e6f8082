// Token exchange by other hands: the high-level library exchanges, the low-level one hands
// on, introspects and validates as a resource server would.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as rp from 'openid-client'
import { insecure, issuer, setting } from './setting.mjs'

const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const type = 'urn:ietf:params:oauth:token-type:access_token'
const settlement = 'https://settlement.example'
const ledger = 'https://ledger.aoba.example'
const { first, second } = setting.clients
const subject = setting.clients.subject.client_secret
const http = { [oauth.allowInsecureRequests]: insecure }
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
const config = await rp.discovery(issuer, first.client_id, {}, rp.ClientSecretBasic(first.client_secret), insecure ? { execute: [rp.allowInsecureRequests] } : undefined)

const ask = (more) => ({ subject_token: subject, subject_token_type: type, resource: settlement, ...more })

async function asServer(client, more) {
  const auth = oauth.ClientSecretBasic(client.client_secret)
  const response = await oauth.genericTokenEndpointRequest(as, client, auth, grant, ask(more), http)
  return oauth.processGenericTokenEndpointResponse(as, client, response)
}

async function introspect(client, token) {
  const response = await oauth.introspectionRequest(as, client, oauth.ClientSecretBasic(client.client_secret), token, http)
  return oauth.processIntrospectionResponse(as, client, response)
}

function validated(token, audience) {
  const request = new Request(`${audience}/on-behalf`, { headers: { authorization: `Bearer ${token}` } })
  return oauth.validateJwtAccessToken(as, request, audience, http)
}

test('the document lists the grant: DJ-02', () => {
  assert.ok(as.grant_types_supported.includes(grant))
  assert.ok(config.serverMetadata().grant_types_supported.includes(grant))
})

test('openid-client exchanges, oauth4webapi introspects and hands on', async () => {
  const tokens = await rp.genericGrantRequest(config, grant, ask({ scope: 'profile' }))
  assert.equal(tokens.issued_token_type, type)
  assert.equal(tokens.refresh_token, undefined)
  assert.equal(tokens.id_token, undefined)
  assert.equal(tokens.scope, 'profile')
  const claims = await validated(tokens.access_token, settlement)
  assert.deepEqual(claims.act, { sub: `client:${first.client_id}` })
  assert.equal(claims.sub, setting.accounts.exchange.sub)
  await assert.rejects(validated(tokens.access_token, setting.resource), 'another audience')

  const seen = await introspect(second, tokens.access_token)
  assert.equal(seen.active, true)
  assert.deepEqual(seen.act, claims.act)

  const onward = await asServer(second, { subject_token: tokens.access_token, resource: ledger })
  const chain = await validated(onward.access_token, ledger)
  assert.deepEqual(chain.act, { sub: `client:${second.client_id}`, act: claims.act })
  assert.ok(chain.exp <= claims.exp)
  assert.equal((await introspect(first, onward.access_token)).active, false)
})

test('both are told what is wrong', async () => {
  const refused = (code) => (err) => {
    assert.equal(err.error, code)
    return true
  }
  await assert.rejects(rp.genericGrantRequest(config, grant, ask({ resource: ledger })), refused('invalid_target'))
  await assert.rejects(rp.genericGrantRequest(config, grant, ask({ scope: 'openid' })), refused('invalid_scope'))
  await assert.rejects(rp.genericGrantRequest(config, grant, ask({ subject_token: 'x' })), refused('invalid_request'))
  await assert.rejects(asServer(second, { resource: ledger }), refused('invalid_request'))
})
