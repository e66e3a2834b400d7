/** Attacks on signing in: by strangers, by headers that claim something, and by pages of other sites. */
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNodeApi } from '../../client/node-api/index.ts'
import { expect, test } from '../harness/index.ts'
import type { Mailbox } from '../harness/mailbox.ts'
import { createNode, type NodeUnderTest } from '../harness/node.ts'
import { comeFrom } from './lib/from-address.ts'
import { signUp } from './lib/light-client.ts'

const email = 'alice@example.org'
const createKey = async (): Promise<CryptoKeyPair> => await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
const codeOf = async (outcome: Promise<unknown>): Promise<string> =>
  await outcome.then(() => 'in', (error: unknown) => (error as { code?: string }).code ?? String(error))

function statusOf (url: string, headers: Record<string, string>): Promise<{ status: number, body: string }> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers, setHost: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk }).on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    }).on('error', reject).end()
  })
}

test('a stranger who asks for codes for somebody and guesses, with many keys and addresses, does not keep the owner out', async ({ node }) => {
  const alice = createNodeApi({ origin: node.origin, deviceKey: await createKey() })
  await alice.requestCode(email)
  const code = await node.mailbox.nextCode(email)
  const seen = new Set<string>()
  for (let stranger = 0; stranger < 12; stranger++) {
    await using detour = await comeFrom(`127.0.7.${stranger + 1}`, node.origin)
    // The proof names the node, the socket goes by the detour.
    const mallory = createNodeApi({
      origin: node.origin, deviceKey: await createKey(),
      fetch: async (url, init) => await fetch(new URL(new URL(url as URL).pathname, detour.origin), init)
    })
    for (let ask = 0; ask < 8; ask++) seen.add(await codeOf(mallory.requestCode(email)))
    for (let guess = 0; guess < 5; guess++) seen.add(await codeOf(mallory.verifyCode({ email, code: String((Number(code) + 1 + guess) % 1_000_000).padStart(6, '0') })))
  }
  expect([...seen].sort()).toEqual(expect.arrayContaining(['code-attempts', 'code-cooldown', 'code-wrong']))
  const { passport } = await alice.verifyCode({ email, code })
  expect(await alice.devices(passport)).toHaveLength(1)
  // Her next code too, on another device.
  expect(await codeOf(createNodeApi({ origin: node.origin, deviceKey: await createKey() }).requestCode(email))).toBe('in')
})

test('the inbox of a node without mail is not shown to who claims to be local, asks by another name, or was passed on', async ({ mailbox }) => {
  const local = await createNode(mailbox, { env: { SMTP_URL: '', MAIL_FROM: '' } })
  try {
    await local.start()
    await createNodeApi({ origin: local.origin, deviceKey: await createKey() }).requestCode(email)
    const inbox = `${local.origin}/dev/mail`
    const { body } = await statusOf(inbox, { host: new URL(local.origin).host })
    const code = (JSON.parse(body) as { code: string }[])[0]?.code ?? 'none'
    for (const headers of [
      { 'host': 'evil.example', 'x-forwarded-host': 'localhost' }, { host: 'evil.example' },
      { 'host': 'localhost', 'x-forwarded-for': '127.0.0.1' }, { host: 'localhost', forwarded: 'for=127.0.0.1' }
    ]) {
      const answer = await statusOf(inbox, headers)
      expect(answer.status, JSON.stringify(headers)).toBe(404)
      expect(answer.body).not.toContain(code)
    }
  } finally {
    await local.dispose()
  }
})

/** A node that logs each request. */
async function startLoudNode (mailbox: Mailbox): Promise<NodeUnderTest & AsyncDisposable> {
  const node = await createNode(mailbox, { env: { LOG_LEVEL: 'debug' } })
  await node.start()
  return { ...node, [Symbol.asyncDispose]: async () => await node.dispose() }
}

test('a page of another site can neither have mail sent, nor sign anybody in or out, nor read anything', async ({ mailbox, page }) => {
  await using node = await startLoudNode(mailbox)
  const { passport } = await signUp(node, 'Carol')
  // A real server beside the node's: pages from elsewhere are kept from loopback by Chromium already.
  const site = createServer((_request, response) => { response.setHeader('content-type', 'text/html').end('<!doctype html><title>evil</title>') })
  site.listen(0, '127.0.0.9')
  await once(site, 'listening')
  const evil = `http://127.0.0.9:${(site.address() as AddressInfo).port}/`
  await page.goto(evil)
  const read = await page.evaluate(async ({ origin, token }) => {
    const body = JSON.stringify({ email: 'victim@example.org' })
    const outcomes: string[] = []
    const attempt = async (path: string, init: RequestInit): Promise<void> => {
      outcomes.push(await fetch(`${origin}${path}`, init).then((answer) => answer.type === 'opaque' ? 'opaque' : `read ${answer.status}`, () => 'refused'))
    }
    for (const mode of ['no-cors', 'cors'] as const) {
      await attempt('/v1/auth/otp', { method: 'POST', mode, credentials: 'include', body })
      await attempt('/v1/auth/otp', { method: 'POST', mode, credentials: 'include', body: new Blob([body]) })
      await attempt('/v1/auth/otp', { method: 'POST', mode, credentials: 'include', body: new URLSearchParams({ email: 'victim@example.org' }) })
    }
    await attempt('/v1/auth/otp', { method: 'POST', mode: 'cors', headers: { 'content-type': 'application/json' }, body })
    await attempt('/v1/devices', { mode: 'cors', headers: { authorization: `DPoP ${token}` } })
    await attempt('/v1/info', { mode: 'cors' })
    return outcomes
  }, { origin: node.origin, token: passport })
  expect(read.filter((outcome) => outcome.startsWith('read'))).toEqual([])

  for (const enctype of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
    await page.goto(evil)
    const answered = page.waitForResponse((response) => response.url() === `${node.origin}/v1/auth/otp`)
    await page.evaluate(({ action, type }) => {
      const form = Object.assign(document.createElement('form'), { method: 'post', action, enctype: type })
      form.append(Object.assign(document.createElement('input'), { name: '{"email":"victim@example.org","x":"', value: '"}' }))
      document.body.append(form)
      form.submit()
    }, { action: `${node.origin}/v1/auth/otp`, type: enctype })
    expect((await answered).status()).toBeGreaterThanOrEqual(400)
    await page.waitForURL(`${node.origin}/**`)
  }
  // What a browser keeps from the page may have reached the node all the same: its log says what was answered.
  const statuses = node.log().split('\n').filter((line) => line.includes('"method":"POST","path":"/v1/auth/otp"')).map((line) => Number(/"status":(\d+)/.exec(line)?.[1]))
  // Carol's own, three fetches that need no permission, and three forms at least.
  expect(statuses.filter((status) => status >= 400).length).toBeGreaterThanOrEqual(6)
  expect(statuses.filter((status) => status < 400)).toEqual([202])
  site.close()
  site.closeAllConnections()
  // Nothing was mailed: the next mail to that address is the one that is asked for now.
  const victim = createNodeApi({ origin: node.origin, deviceKey: await createKey() })
  await victim.requestCode('victim@example.org')
  const code = await node.mailbox.nextCode('victim@example.org')
  expect(await codeOf(victim.verifyCode({ email: 'victim@example.org', code }))).toBe('in')
})
