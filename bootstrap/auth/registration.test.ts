import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CODE_COOLDOWN_MS } from '#shared/limits.ts'
import { createPerson, makeFolder, startTestNode, type Person, type TestNode, type TestNodeOptions } from '../testing/node.ts'

let folder: string
let node: TestNode
beforeEach(async () => { folder = await makeFolder() })
afterEach(async () => {
  await node.stop()
  await rm(folder, { recursive: true, force: true })
})

const HOUR_MS = 3_600_000
const reopen = async (REGISTRATION: string, options: TestNodeOptions = {}): Promise<void> => {
  node = await startTestNode({ ...options, dataDir: folder, environment: { REGISTRATION } })
}

/** Alice has an account from the time when the node was open; now it is not. Passports of a node without an address end with its port. */
async function withAlice (REGISTRATION: string, options?: TestNodeOptions): Promise<{ alice: Person, passport: string }> {
  await reopen('open')
  const before = await createPerson(node, 'Alice')
  await before.signIn()
  await node.stop()
  await reopen(REGISTRATION, options)
  const alice = await createPerson(node, 'Alice')
  return { alice, passport: (await alice.signIn()).passport }
}

async function signUp (name: string, pass?: string): Promise<unknown> {
  const person = await createPerson(node, name)
  await person.api.requestCode(person.email)
  return await person.api.verifyCode({ email: person.email, code: person.readCode(), ...(pass === undefined ? {} : { pass }) })
}
const givePass = async (person: Person, passport: string, maxUses: number | null = null, lifeMs = HOUR_MS): Promise<string> =>
  (await person.api.givePass(passport, { expiresAt: node.services.now() + lifeMs, maxUses })).pass

describe('a node', () => {
  it.each([
    ['open', 'open', null],
    ['closed', 'closed', 'registration-closed'],
    ['invite', 'invite', 'registration-invite'],
    ['domains:example.com', 'domains', 'registration-domain'],
    ['domains:school.example.org', 'domains', 'registration-domain'],
    ['domains:example.com,Example.ORG', 'domains', null]
  ] as const)('with REGISTRATION=%s says so, lets accounts in that exist, and newcomers only as it says', async (registration, kind, refusal) => {
    const { alice } = await withAlice(registration)
    expect((await alice.api.info()).registration).toBe(kind)
    const bob = signUp('Bob')
    await (refusal === null ? expect(bob).resolves.toMatchObject({ name: null }) : expect(bob).rejects.toMatchObject({ code: refusal }))
    expect(await node.services.accounts.find(node.services.secret.hash('email', 'bob@example.org')) === null).toBe(refusal !== null)
  })

  it('tells nobody who has an account: asking and wrong codes are answered alike', async () => {
    const { alice } = await withAlice('closed')
    const bob = await createPerson(node, 'Bob')
    node.pass(CODE_COOLDOWN_MS)
    const answers: unknown[] = []
    for (const person of [alice, bob]) {
      const asked = await person.api.requestCode(person.email)
      const wrong = String((Number(person.readCode()) + 1) % 1_000_000).padStart(6, '0')
      const refused: unknown = await person.api.verifyCode({ email: person.email, code: wrong }).catch((error: unknown) => error)
      answers.push([asked, (refused as { code: string, details: object }).code, (refused as { details: object }).details])
    }
    expect(answers[0]).toEqual(answers[1])
  })
})

describe('a pass', () => {
  it('lets a newcomer in, as often as it may be used and no more', async () => {
    const { alice, passport } = await withAlice('invite')
    const pass = await givePass(alice, passport, 2)
    await expect(signUp('Bob', pass)).resolves.toMatchObject({ name: null })
    await expect(signUp('Carol', pass)).resolves.toMatchObject({ name: null })
    await expect(signUp('Dave', pass)).rejects.toMatchObject({ code: 'pass-used-up' })
  })

  it('is not used up by somebody who has an account', async () => {
    const { alice, passport } = await withAlice('invite')
    const pass = await givePass(alice, passport, 1)
    node.pass(CODE_COOLDOWN_MS)
    await alice.api.requestCode(alice.email)
    await alice.api.verifyCode({ email: alice.email, code: alice.readCode(), pass })
    await expect(signUp('Bob', pass)).resolves.toMatchObject({ name: null })
  })

  it('lets in one of two newcomers who use its last use at once', async () => {
    const { alice, passport } = await withAlice('invite')
    const pass = await givePass(alice, passport, 1)
    const results = await Promise.allSettled([signUp('Bob', pass), signUp('Carol', pass)])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it.each([
    ['is over', HOUR_MS, HOUR_MS],
    ['was removed after its time', HOUR_MS, 40 * 24 * HOUR_MS],
    ['was wished for longer than the node gives', 365 * 24 * HOUR_MS, 30 * 24 * HOUR_MS]
  ])('that %s lets nobody in', async (_what, lifeMs, laterMs) => {
    const { alice, passport } = await withAlice('invite')
    const pass = await givePass(alice, passport, null, lifeMs)
    node.pass(laterMs)
    await node.services.maintain()
    await expect(signUp('Bob', pass)).rejects.toMatchObject({ code: 'pass-expired' })
  })

  it('that somebody made up lets nobody in, and the code is spent', async () => {
    await withAlice('invite')
    const bob = await createPerson(node, 'Bob')
    await bob.api.requestCode(bob.email)
    const attempt = { email: bob.email, code: bob.readCode(), pass: 'A'.repeat(22) }
    await expect(bob.api.verifyCode(attempt)).rejects.toMatchObject({ code: 'pass-expired' })
    await expect(bob.api.verifyCode(attempt)).rejects.toMatchObject({ code: 'code-expired' })
  })

  it('is bounded: its uses, and how many an account gets', async () => {
    const { alice, passport } = await withAlice('invite', { limits: { 'passes': { burst: 2, perSecond: 1e-6 }, 'pass-uses': { max: 3 } } })
    const wish = { expiresAt: node.services.now() + HOUR_MS, maxUses: null }
    expect(await alice.api.givePass(passport, wish)).toMatchObject({ maxUses: 3, expiresAt: wish.expiresAt })
    expect(await alice.api.givePass(passport, { ...wish, maxUses: 1 })).toMatchObject({ maxUses: 1 })
    await expect(alice.api.givePass(passport, wish)).rejects.toMatchObject({ code: 'rate-limited', details: { retryInMs: expect.any(Number) } })
  })

  it('is given to nobody without an account, and nowhere else than where newcomers need one', async () => {
    const { alice, passport } = await withAlice('open')
    await expect(alice.api.givePass(passport, { expiresAt: 0, maxUses: null })).rejects.toMatchObject({ code: 'not-found' })
    const bare = await node.app.inject({ method: 'POST', url: '/v1/passes', payload: { expiresAt: 0, maxUses: null } })
    expect([bare.statusCode, bare.json()]).toEqual([401, expect.objectContaining({ code: 'passport-invalid' })])
  })

  it('is nowhere readable in the database', async () => {
    const { alice, passport } = await withAlice('invite')
    const pass = await givePass(alice, passport)
    expect(JSON.stringify(await node.db.selectFrom('passes').selectAll().execute())).not.toContain(pass)
  })
})
