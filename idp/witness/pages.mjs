// A browser without JavaScript: cookies, links, forms. It walks the hosted pages the way a
// customer with scripts switched off does.
import { createHmac } from 'node:crypto'

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decode(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, dec, name) =>
    hex ? String.fromCodePoint(parseInt(hex, 16)) : dec ? String.fromCodePoint(Number(dec)) : (entities[name] ?? all))
}

function attributes(tag) {
  const found = {}
  for (const [, name, double, single, bare] of tag.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)) {
    found[name.toLowerCase()] = decode(double ?? single ?? bare ?? '')
  }
  return found
}

/** Forms of a page: absolute action, method, and the fields as they would be sent unfilled. */
export function forms(html, url) {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, open, body]) => {
    const form = attributes(open)
    const fields = {}
    for (const [, tag] of body.matchAll(/<input\b([^>]*)>/gi)) {
      const { name, value = '', type = 'text', checked } = attributes(tag)
      const chosen = !['radio', 'checkbox'].includes(type) || checked !== undefined
      if (name && type !== 'submit' && chosen) fields[name] = value
    }
    return { action: new URL(form.action ?? '', url), method: (form.method ?? 'get').toUpperCase(), fields }
  })
}

/** RFC 6238 with the parameters of every authenticator app: SHA-1, six digits, 30 seconds. */
export function totp(secret, at = Date.now()) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replace(/[\s=]/g, '').toUpperCase()].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const mac = createHmac('sha1', key).update(step).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

export class Browser {
  cookies = new Map()
  visited = []

  async request(url, init = {}) {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        'accept-language': 'en',
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...init.headers,
      },
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...rest] = line.split(';')
      const at = pair.indexOf('=')
      const name = pair.slice(0, at).trim()
      if (rest.some((a) => /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(a))) this.cookies.delete(name)
      else this.cookies.set(name, pair.slice(at + 1).trim())
    }
    return response
  }

  submit(form, fields = {}) {
    return this.request(form.action, {
      method: form.method,
      body: new URLSearchParams({ ...form.fields, ...fields }),
      headers: { origin: form.action.origin, 'sec-fetch-site': 'same-origin' },
    })
  }

  /**
   * Follows an authorization request through the hosted pages until the provider sends the
   * browser to the client. Resolves to the client's URL, or to its URL and the posted fields
   * where the response came as a form.
   */
  async authorize(url, redirectURI, account) {
    let at = new URL(url)
    let response = await this.request(at)
    for (let hop = 0; hop < 20; hop++) {
      if (response.status >= 300 && response.status < 400) {
        at = new URL(response.headers.get('location'), at)
        if (at.href.startsWith(redirectURI)) return { url: at }
        response = await this.request(at)
        continue
      }
      const html = await response.text()
      this.visited.push(`${response.status} ${at.pathname}`)
      const page = forms(html, at)
      const answer = page.find((f) => f.action.href.startsWith(redirectURI))
      if (answer) return { url: answer.action, fields: answer.fields }
      if (response.status !== 200) throw new Error(`${at.pathname} answered ${response.status}: ${text(html)}`)
      const [form, fields] = next(page, account, html)
      response = await this.submit(form, fields)
      at = form.action
    }
    throw new Error(`the pages do not come to an end: ${this.visited.join(', ')}`)
  }
}

/** Chooses the form that a customer would fill in, and what goes into it. */
function next(page, account, html) {
  const ending = (suffix) => page.find((f) => f.method === 'POST' && f.action.pathname.endsWith(suffix))
  const password = ending('/password')
  if (password) {
    const { login } = account
    return [password, { ...('login' in password.fields && { login }), password: account.password }]
  }
  // A page that mails codes offers the authenticator app beside them.
  if (ending('/code/send') && ending('/code/method')) return [ending('/code/method'), { method: 'totp' }]
  for (const [suffix, fields] of [
    ['/code', { code: totp(account.totp_secret) }],
    ['/consent', { decision: 'allow' }],
    ['/account', { choice: 'continue' }],
  ]) {
    const form = ending(suffix)
    if (form) return [form, fields]
  }
  throw new Error(`no form to go on with: ${text(html)}`)
}

function text(html) {
  return decode(html.replace(/<(style|script)[\s\S]*?<\/\1>/gi, '').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').slice(0, 400)
}
