import { afterEach, describe, expect, it } from 'vitest'
import { createProver } from '../../apps/client/node-api/proof.ts'
import { CODE_COOLDOWN_MS, CODE_MAX_ATTEMPTS } from '#shared/limits.ts'
import { createDeviceKey, createPerson, startTestNode, type TestNode, type TestNodeOptions } from '../testing/node.ts'

/** A node whose limits hold for everyone: with a mail server, nobody is exempt. The mails are read where they are made. */
const mailed: TestNodeOptions = { environment: { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'a@b.example' } }

const open: TestNode[] = []
afterEach(async () => {
  for (const node of open.splice(0)) await node.stop()
})

interface Mail { to: string, code: string }

async function start (limits: TestNodeOptions['limits'] = {}): Promise<{ node: TestNode, mails: Mail[], refuseMail: (refuse: boolean) => void }> {
  const node = await startTestNode({ ...mailed, limits })
  open.push(node)
  const mails: Mail[] = []
  let isRefusing = false
  const mailer = node.services.mailer as { sendCode: (to: string, code: string) => Promise<void> }
  const send = mailer.sendCode
  mailer.sendCode = async (to, code) => {
    if (isRefusing) await send(to, code)
    else mails.push({ to, code })
  }
  return { node, mails, refuseMail: (refuse) => { isRefusing = refuse } }
}

interface Answer { status: number, code?: string, retryInMs?: number, attemptsLeft?: number, retryAfter?: string }

/** Somebody at a network address of their own, with one device key; `ask` without a proof asks as somebody without any key. */
interface Caller {
  ask(email: string, options?: { proves?: boolean }): Promise<Answer>
  verify(email: string, code: string): Promise<Answer>
}

async function createCaller (node: TestNode, address: string, deviceKey?: CryptoKeyPair): Promise<Caller> {
  const prove = createProver(deviceKey ?? await createDeviceKey())
  const post = async (path: string, body: object, proves: boolean): Promise<Answer> => {
    const dpop = proves ? { dpop: await prove({ method: 'POST', url: `${node.origin}${path}`, passport: undefined, nonce: node.services.proofs.nonce(), at: node.services.now() }) } : {}
    const answer = await node.app.inject({ method: 'POST', url: path, payload: body, headers: dpop, remoteAddress: address })
    const retryAfter = answer.headers['retry-after']
    return { ...answer.json<Omit<Answer, 'status'>>(), status: answer.statusCode, ...(retryAfter === undefined ? {} : { retryAfter }) }
  }
  return {
    ask: (email, { proves = true } = {}) => post('/v1/auth/otp', { email }, proves),
    verify: (email, code) => post('/v1/auth/verify', { email, code }, true)
  }
}

const email = 'alice@example.org'
const lastCode = (mails: readonly Mail[], to = email): string => mails.findLast((mail) => mail.to === to)?.code ?? ''
const other = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

describe('a stranger who asks for codes for somebody and guesses', () => {
  it('does not keep the owner out: eight times asked, five wrong guesses', async () => {
    const { node, mails } = await start()
    const alice = await createCaller(node, '192.0.2.1')
    await alice.ask(email)
    const code = lastCode(mails)
    const mallory = await createCaller(node, '203.0.113.5')
    for (let time = 0; time < 8; time++) {
      await mallory.ask(email)
      node.pass(CODE_COOLDOWN_MS)
    }
    for (let guess = 0; guess < CODE_MAX_ATTEMPTS; guess++) await mallory.verify(email, other(lastCode(mails)))
    expect((await alice.verify(email, code)).status).toBe(200)
    expect((await (await createCaller(node, '192.0.2.1')).ask(email)).status).toBe(202)
  })

  it('does not keep the owner out by guesses from a hundred devices and addresses, for the first sign-in either', async () => {
    const { node, mails } = await start()
    const alice = await createCaller(node, '192.0.2.1')
    await alice.ask(email)
    const code = lastCode(mails)
    const statuses = new Set<number>()
    for (let guess = 0; guess < 100; guess++) {
      const mallory = await createCaller(node, `203.0.113.${guess}`)
      await mallory.ask(email)
      for (const wrong of [other(code), other(other(code))]) statuses.add((await mallory.verify(email, wrong)).status)
    }
    expect([...statuses]).not.toContain(200)
    expect((await alice.verify(email, code)).status).toBe(200)
  })

  it('does not keep out an owner who asked without a device proof', async () => {
    const { node, mails } = await start()
    const alice = await createCaller(node, '192.0.2.1')
    await alice.ask(email, { proves: false })
    const code = lastCode(mails)
    const mallory = await createCaller(node, '203.0.113.5')
    await mallory.ask(email, { proves: false })
    for (let left = CODE_MAX_ATTEMPTS - 1; left > 0; left--) expect(await mallory.verify(email, other(code))).toMatchObject({ code: 'code-wrong', attemptsLeft: left })
    expect(await mallory.verify(email, other(code))).toMatchObject({ code: 'code-attempts', status: 429 })
    expect(await mallory.verify(email, code)).toMatchObject({ code: 'code-attempts', status: 429 })
    expect((await alice.verify(email, code)).status).toBe(200)
  })

  it('cannot use the code that the owner asked for, even knowing it', async () => {
    const { node, mails } = await start()
    await (await createCaller(node, '192.0.2.1')).ask(email)
    const code = lastCode(mails)
    const mallory = await createCaller(node, '203.0.113.5')
    expect(await mallory.verify(email, code)).toMatchObject({ status: 410, code: 'code-expired' })
  })

  it('has so few tries in a day that guessing is hopeless, however many devices and addresses they have', async () => {
    const { node, mails } = await start()
    let tried = 0
    const dayOfTries = async (): Promise<number> => {
      tried = 0
      for (let hour = 0; hour < 24; hour += 2) {
        for (let device = 0; device < 3; device++) {
          const mallory = await createCaller(node, `198.51.${hour}.${device}`)
          await mallory.ask(email)
          const wrong = other(lastCode(mails))
          for (let guess = 0; guess < CODE_MAX_ATTEMPTS; guess++) {
            if (/^code-(?:wrong|attempts)$/.test((await mallory.verify(email, wrong)).code ?? '')) tried++
          }
        }
        node.pass(2 * 3_600_000)
      }
      return tried
    }
    expect(await dayOfTries()).toBeLessThanOrEqual(20 + 12 + 20 + 12)
    mails.splice(0)
    expect(await dayOfTries()).toBeLessThanOrEqual(12 + 12 + 2)
    expect(mails.length).toBeLessThanOrEqual(13)
  })
})

describe('codes of one mailbox', () => {
  it('are several at once, each good on the device that asked for it', async () => {
    const { node, mails } = await start()
    const devices = await Promise.all(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => createCaller(node, address)))
    const codes: string[] = []
    for (const device of devices) {
      expect((await device.ask(email)).status).toBe(202)
      codes.push(lastCode(mails))
    }
    const [phone, laptop, tablet] = devices
    if (codes[0] !== codes[1]) expect(await laptop!.verify(email, codes[0]!)).toMatchObject({ code: 'code-wrong', attemptsLeft: CODE_MAX_ATTEMPTS - 1 })
    expect((await tablet!.verify(email, codes[2]!)).status).toBe(200)
    expect((await phone!.verify(email, codes[0]!)).status).toBe(200)
    expect((await laptop!.verify(email, codes[1]!)).status).toBe(200)
  })

  it('pause longer each time their tries are used up, and say how long', async () => {
    const { node, mails } = await start()
    const mallory = await createCaller(node, '203.0.113.5')
    const pauses: number[] = []
    for (let round = 0; round < 3; round++) {
      expect((await mallory.ask(email)).status).toBe(202)
      let last: Answer = { status: 0 }
      for (let guess = 0; guess < CODE_MAX_ATTEMPTS; guess++) last = await mallory.verify(email, other(lastCode(mails)))
      expect(last).toMatchObject({ status: 429, code: 'code-attempts', retryInMs: expect.any(Number) })
      expect(last.retryAfter).toBe(String(Math.ceil((last.retryInMs ?? 0) / 1000)))
      pauses.push(last.retryInMs ?? 0)
      const early = await mallory.ask(email)
      expect(early).toMatchObject({ status: 429, code: 'code-cooldown' })
      expect(early.retryInMs).toBeLessThanOrEqual(last.retryInMs ?? 0)
      node.pass(last.retryInMs ?? 0)
    }
    const seconds = pauses.map((ms) => Math.round(ms / 1000))
    expect(seconds).toEqual([30, 60, 120])
  })
})

describe('mails', () => {
  it('that did not leave, and refused requests, count against nobody', async () => {
    const { node, mails, refuseMail } = await start()
    const alice = await createCaller(node, '192.0.2.1')
    refuseMail(true)
    for (let time = 0; time < 30; time++) expect(await alice.ask(email)).toMatchObject({ code: 'mail-failed' })
    refuseMail(false)
    expect((await alice.ask(email)).status).toBe(202)
    for (let time = 0; time < 30; time++) expect(await alice.ask(email)).toMatchObject({ code: 'code-cooldown' })
    node.pass(CODE_COOLDOWN_MS)
    expect((await alice.ask(email)).status).toBe(202)
    expect(mails).toHaveLength(2)
  })

  it.each<[string, (index: number) => string]>([
    ['a part after a plus sign', (index) => `alice+${index}@example.org`],
    ['dots', (index) => `${'alice'.slice(0, 1 + index % 4)}.${'alice'.slice(1 + index % 4)}${'+'.repeat(index % 7)}@example.org`],
    ['capitals', (index) => `${Array.from('alice', (letter, at) => (index >> at & 1) === 1 ? letter.toUpperCase() : letter).join('')}+${index}@Example.ORG`]
  ])('to one mailbox whose address is varied by %s are counted together', async (_what, variant) => {
    const { node, mails } = await start()
    for (let index = 0; index < 120; index++) await (await createCaller(node, `198.51.100.${index}`)).ask(variant(index))
    expect(mails).toHaveLength(20)
    expect((await (await createCaller(node, '192.0.2.9')).ask('bob@example.org')).status).toBe(202)
  })

  it('to variants of an address are of different accounts all the same', async () => {
    const { node, mails } = await start()
    const ids = await Promise.all(['alice@example.org', 'alice+work@example.org'].map(async (address, index) => {
      const caller = await createCaller(node, `192.0.2.${index}`)
      await caller.ask(address)
      return (await caller.verify(address, lastCode(mails, address)) as unknown as { accountId: string }).accountId
    }))
    expect(new Set(ids).size).toBe(2)
  })

  it.each<[string, TestNodeOptions['limits'], (index: number) => string]>([
    ['mail domain', { 'domain-mails': { burst: 5, perSecond: 1e-6 } }, (index) => `victim${index}@example.org`],
    ['node', { 'node-mails': { burst: 5, perSecond: 1e-6 } }, (index) => `victim@host${index}.example`]
  ])('of strangers have a total per %s, and who has signed in before gets in all the same', async (_what, limits, victim) => {
    const { node, mails } = await start(limits)
    const key = await createDeviceKey()
    const alice = await createCaller(node, '192.0.2.1', key)
    await alice.ask(email)
    expect((await alice.verify(email, lastCode(mails))).status).toBe(200)
    for (let index = 0; index < 10; index++) await (await createCaller(node, `198.51.100.${index}`)).ask(victim(index))
    expect(mails).toHaveLength(5)
    expect(await (await createCaller(node, '192.0.2.7')).ask(victim(99))).toMatchObject({ status: 429, code: 'rate-limited', retryInMs: expect.any(Number) })
    // The device that signed in, anywhere.
    expect((await (await createCaller(node, '192.0.2.99', key)).ask(email)).status).toBe(202)
    // Another device at the address that signed in.
    expect((await (await createCaller(node, '192.0.2.1')).ask(email)).status).toBe(202)
  })

  it('that strangers have used up for a mailbox keep out neither its devices nor its addresses', async () => {
    const { node, mails } = await start()
    const key = await createDeviceKey()
    const alice = await createCaller(node, '192.0.2.1', key)
    await alice.ask(email)
    await alice.verify(email, lastCode(mails))
    const refused: Answer[] = []
    for (let index = 0; index < 40; index++) refused.push(await (await createCaller(node, `198.51.100.${index}`)).ask(email))
    expect(refused.at(-1)).toMatchObject({ status: 429, code: 'rate-limited', retryInMs: expect.any(Number), retryAfter: expect.any(String) })
    for (const [address, device] of [['192.0.2.99', key], ['192.0.2.1', await createDeviceKey()]] as const) {
      const owner = await createCaller(node, address, device)
      expect((await owner.ask(email)).status).toBe(202)
      expect(await owner.verify(email, other(lastCode(mails)))).toMatchObject({ code: 'code-wrong' })
      expect((await owner.verify(email, lastCode(mails))).status).toBe(200)
    }
  })

  it('are bounded for one asker below what all strangers have', async () => {
    const { node, mails } = await start()
    for (let time = 0; time < 30; time++) await (await createCaller(node, `2001:db8:1:2::${time}`)).ask(email)
    expect(mails).toHaveLength(10)
    expect((await (await createCaller(node, '192.0.2.1')).ask(email)).status).toBe(202)
  })
})

describe('counters', () => {
  it.each([20_200, 60_000])('of an address that is limited are not pushed out by %i other addresses', async (count) => {
    const { node } = await start({ 'http-calls': { burst: 2, perSecond: 1e-6 } })
    const ask = async (remoteAddress: string): Promise<number> => (await node.app.inject({ url: '/v1/info', remoteAddress })).statusCode
    expect([await ask('203.0.113.1'), await ask('203.0.113.1'), await ask('203.0.113.1')]).toEqual([200, 200, 429])
    for (let index = 0; index < count; index++) node.services.limiter.take('http-calls', `10.${index >> 16}.${index >> 8 & 255}.${index & 255}`)
    expect(await ask('203.0.113.1')).toBe(429)
  })

  it('count three hundred networks of one attacker as the network they are part of', async () => {
    const { node } = await start({ 'sign-in-calls': { burst: 2, perSecond: 1e-6 } })
    let passed = 0
    for (let net = 0; net < 300; net++) {
      const answer = await (await createCaller(node, `2001:db8:${net.toString(16)}:1::1`)).ask(`someone${net}@host${net}.example`)
      if (answer.status === 202) passed++
    }
    expect(passed).toBe(2 * 16)
    expect((await (await createCaller(node, '2001:db9::1')).ask(email)).status).toBe(202)
  })
})

it('a person signs in over a real connection while a stranger asks and guesses with a key of their own', async () => {
  const node = await startTestNode()
  open.push(node)
  const [alice, mallory] = [await createPerson(node, 'Alice'), await createPerson(node, 'Mallory')]
  await alice.api.requestCode(alice.email)
  const code = alice.readCode()
  await mallory.api.requestCode(alice.email)
  for (let guess = 0; guess < CODE_MAX_ATTEMPTS; guess++) {
    await expect(mallory.api.verifyCode({ email: alice.email, code: other(alice.readCode()) })).rejects.toMatchObject({ code: expect.stringMatching(/^code-/) })
  }
  node.pass(CODE_COOLDOWN_MS)
  await expect(alice.api.requestCode(alice.email)).resolves.toMatchObject({ retryInMs: CODE_COOLDOWN_MS })
  await expect(alice.api.verifyCode({ email: alice.email, code })).resolves.toMatchObject({ name: null })
})
