// What the provider under test tells its witnesses: SEKISHO_WITNESS_ISSUER names it, the
// JSON file SEKISHO_WITNESS_FILE holds clients, keys and accounts. See witness_test.go.
import { readFileSync } from 'node:fs'

function needed(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: start these through "go test ./idp/witness"`)
  return value
}

export const issuer = new URL(needed('SEKISHO_WITNESS_ISSUER'))
export const setting = JSON.parse(readFileSync(needed('SEKISHO_WITNESS_FILE'), 'utf8'))
export const insecure = issuer.protocol === 'http:'

/** Imports the private key of a client registered for private_key_jwt. */
export async function signingKey(client) {
  const algorithms = {
    ES256: { name: 'ECDSA', namedCurve: 'P-256' },
    PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  }
  const { alg, kid } = client.private_jwk
  const key = await crypto.subtle.importKey('jwk', client.private_jwk, algorithms[alg], false, ['sign'])
  return { key, kid }
}
