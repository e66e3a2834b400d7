import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPerson, createDeviceKey, startTestNode, type TestNode } from '../testing/node.ts'
import { createNodeApi } from '../../apps/client/node-api/index.ts'
import { toHex, type DeviceKey } from '#shared/ids.ts'
import { CODE_COOLDOWN_MS, CODE_MAX_ATTEMPTS, CODE_TTL_MS, PASSPORT_TTL_MS } from '#shared/limits.ts'

let node: TestNode
beforeEach(async () => { node = await startTestNode() })
afterEach(async () => { await node.stop() })

const other = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

describe('codes', () => {
  it('sign Alice in on a first and a second device, as the same account', async () => {
    const alice = await createPerson(node, 'Alice')
    const first = await alice.signIn()
    expect(first).toMatchObject({ name: null, suggestedName: expect.stringMatching(/^[A-Z][a-z]+ [A-Z][a-z]+ \d{2}$/) })
    expect(first.expiresAt).toBeGreaterThan(node.services.now() + PASSPORT_TTL_MS - 5_000)

    const laptop = { ...alice, api: createNodeApi({ origin: node.origin, deviceKey: await createDeviceKey() }) }
    await laptop.api.requestCode(alice.email)
    const second = await laptop.api.verifyCode({ email: alice.email, code: alice.readCode() })
    expect(second.accountId).toBe(first.accountId)
    const devices = await alice.api.devices(first.passport)
    expect(devices).toHaveLength(2)
    expect(devices.filter((device) => device.isThisDevice).map((device) => device.label)).toEqual(["Alice's device"])
  })

  it('count the same address however it is written', async () => {
    const alice = await createPerson(node, 'Alice')
    await alice.api.requestCode('  ALICE@Example.org ')
    await expect(alice.api.requestCode(alice.email)).rejects.toMatchObject({ code: 'code-cooldown' })
    await expect(alice.api.verifyCode({ email: 'Alice@EXAMPLE.org', code: alice.readCode() })).resolves.toMatchObject({ name: null })
  })

  it('are refused when wrong, with the attempts that are left, and after the fifth even when right', async () => {
    const alice = await createPerson(node, 'Alice')
    await alice.api.requestCode(alice.email)
    const code = alice.readCode()
    for (let left = CODE_MAX_ATTEMPTS - 1; left > 0; left--) {
      await expect(alice.api.verifyCode({ email: alice.email, code: other(code) })).rejects
        .toMatchObject({ code: 'code-wrong', details: { attemptsLeft: left } })
    }
    await expect(alice.api.verifyCode({ email: alice.email, code: other(code) })).rejects.toMatchObject({ code: 'code-attempts' })
    await expect(alice.api.verifyCode({ email: alice.email, code })).rejects.toMatchObject({ code: 'code-attempts' })
  })

  it('give no extra attempts to guesses made at once', async () => {
    const alice = await createPerson(node, 'Alice')
    await alice.api.requestCode(alice.email)
    const code = alice.readCode()
    const guesses = await Promise.allSettled(Array.from({ length: 20 }, () => alice.api.verifyCode({ email: alice.email, code: other(code) })))
    const codes = guesses.map((guess) => guess.status === 'rejected' ? (guess.reason as { code: string }).code : 'in')
    expect(codes.filter((result) => result === 'code-wrong')).toHaveLength(CODE_MAX_ATTEMPTS - 1)
    expect(codes.filter((result) => result === 'code-attempts')).toHaveLength(20 - CODE_MAX_ATTEMPTS + 1)
  })

  it('are used once, also by two devices at once', async () => {
    const alice = await createPerson(node, 'Alice')
    await alice.api.requestCode(alice.email)
    const attempt = { email: alice.email, code: alice.readCode() }
    const mallory = createNodeApi({ origin: node.origin, deviceKey: await createDeviceKey() })
    const results = await Promise.allSettled([alice.api.verifyCode(attempt), mallory.verifyCode(attempt)])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(alice.api.verifyCode(attempt)).rejects.toMatchObject({ code: 'code-expired' })
  })

  it('expire after ten minutes', async () => {
    const alice = await createPerson(node, 'Alice')
    await alice.api.requestCode(alice.email)
    node.pass(CODE_TTL_MS + 1)
    await expect(alice.api.verifyCode({ email: alice.email, code: alice.readCode() })).rejects.toMatchObject({ code: 'code-expired' })
  })

  it('are sent again only after the cool-down, and no mail makes an earlier one void', async () => {
    const alice = await createPerson(node, 'Alice')
    await alice.api.requestCode(alice.email)
    const first = alice.readCode()
    node.pass(10_000)
    const refusal = await alice.api.requestCode(alice.email).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'code-cooldown' })
    const { retryInMs } = (refusal as { details: { retryInMs: number } }).details
    expect(retryInMs).toBeGreaterThan(15_000)
    expect(retryInMs).toBeLessThanOrEqual(CODE_COOLDOWN_MS - 10_000)

    node.pass(retryInMs)
    await alice.api.requestCode(alice.email)
    expect(alice.readCode()).toBe(first)
    node.pass(CODE_TTL_MS - 1000)
    await expect(alice.api.verifyCode({ email: alice.email, code: first })).resolves.toMatchObject({ name: null })
  })

  it('can be asked for at once after the clock was ahead, and not for as long as it was', async () => {
    const alice = await createPerson(node, 'Alice')
    node.jump(40 * 24 * 3_600_000)
    await alice.api.requestCode(alice.email)
    node.jump(-40 * 24 * 3_600_000)
    await alice.api.requestCode(alice.email)
    await expect(alice.api.requestCode(alice.email)).rejects.toMatchObject({ code: 'code-cooldown' })
    await expect(alice.api.verifyCode({ email: alice.email, code: alice.readCode() })).resolves.toMatchObject({ name: null })
  })

  it('are fresh after the tries of the former one were used up', async () => {
    const alice = await createPerson(node, 'Alice')
    await alice.api.requestCode(alice.email)
    const former = alice.readCode()
    for (let guess = 0; guess < CODE_MAX_ATTEMPTS; guess++) {
      await expect(alice.api.verifyCode({ email: alice.email, code: other(former) })).rejects.toMatchObject({ code: expect.stringMatching(/^code-/) })
    }
    node.pass(CODE_COOLDOWN_MS)
    await alice.api.requestCode(alice.email)
    await expect(alice.api.verifyCode({ email: alice.email, code: alice.readCode() })).resolves.toMatchObject({ name: null })
  })

  it('are answered alike for an address with an account and one without', async () => {
    const alice = await createPerson(node, 'Alice')
    await alice.signIn()
    const known = await node.app.inject({ method: 'POST', url: '/v1/auth/otp', payload: { email: alice.email } })
    const unknown = await node.app.inject({ method: 'POST', url: '/v1/auth/otp', payload: { email: 'nobody@example.org' } })
    expect([known.statusCode, known.json()]).toEqual([unknown.statusCode, unknown.json()])
    expect(known.statusCode).toBe(202)
  })

  it('leave nothing readable in the database: no address, no code', async () => {
    const alice = await createPerson(node, 'Alice')
    await alice.signIn()
    const bob = await createPerson(node, 'Bob')
    await bob.api.requestCode(bob.email)
    const rows = JSON.stringify([
      await node.db.selectFrom('accounts').selectAll().execute(), await node.db.selectFrom('codes').selectAll().execute()
    ])
    expect(rows).not.toContain('example.org')
    expect(rows).not.toContain(bob.readCode())
  })

  it('are refused with a clear code when e-mail or code are no such thing', async () => {
    const alice = await createPerson(node, 'Alice')
    await expect(alice.api.requestCode('not an address')).rejects.toMatchObject({ code: 'email-malformed' })
    await expect(alice.api.verifyCode({ email: alice.email, code: '12345' })).rejects.toMatchObject({ code: 'code-wrong' })
    await expect(alice.api.verifyCode({ email: alice.email, code: '123456' })).rejects.toMatchObject({ code: 'code-expired' })
  })
})

describe('passports', () => {
  it('are refreshed by the device key even long after they expired', async () => {
    const alice = await createPerson(node, 'Alice')
    const { passport, accountId } = await alice.signIn()
    node.pass(PASSPORT_TTL_MS + 1000)
    await expect(alice.api.devices(passport)).rejects.toMatchObject({ code: 'passport-expired' })
    node.pass(90 * 24 * 3_600_000)
    await node.services.maintain()
    const refreshed = await alice.api.refresh(passport)
    expect(refreshed.accountId).toBe(accountId)
    await expect(alice.api.devices(refreshed.passport)).resolves.toHaveLength(1)
  })

  it('are worthless to whoever stole one without the key', async () => {
    const alice = await createPerson(node, 'Alice')
    const { passport } = await alice.signIn()
    const mallory = await createPerson(node, 'Mallory')
    await mallory.signIn()
    await expect(mallory.api.devices(passport)).rejects.toMatchObject({ code: 'proof-invalid' })
    await expect(mallory.api.refresh(passport)).rejects.toMatchObject({ code: 'proof-invalid' })
    const bearer = await node.app.inject({ url: '/v1/devices', headers: { authorization: `Bearer ${passport}` } })
    expect(bearer.json()).toMatchObject({ code: 'passport-invalid' })
    expect(bearer.headers['www-authenticate']).toContain('DPoP')
  })

  it('end with the device: a revoked one can neither call nor refresh', async () => {
    const alice = await createPerson(node, 'Alice')
    const { passport } = await alice.signIn()
    const phone = createNodeApi({ origin: node.origin, deviceKey: await createDeviceKey() })
    await phone.requestCode(alice.email)
    const lost = await phone.verifyCode({ email: alice.email, code: alice.readCode() })
    const lostDevice = (await alice.api.devices(passport)).find(({ isThisDevice }) => !isThisDevice)
    await alice.api.revokeDevice(passport, lostDevice?.id ?? '')
    await expect(phone.devices(lost.passport)).rejects.toMatchObject({ code: 'device-revoked' })
    await expect(phone.refresh(lost.passport)).rejects.toMatchObject({ code: 'device-revoked' })
    await expect(alice.api.devices(passport)).resolves.toHaveLength(1)
    await expect(alice.api.revokeDevice(passport, lostDevice?.id ?? '')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('let nobody revoke the device of somebody else', async () => {
    const alice = await createPerson(node, 'Alice')
    const bob = await createPerson(node, 'Bob')
    const [hers, his] = [await alice.signIn(), await bob.signIn()]
    const [device] = await bob.api.devices(his.passport)
    await expect(alice.api.revokeDevice(hers.passport, device?.id ?? '')).rejects.toMatchObject({ code: 'not-found' })
    await expect(bob.api.devices(his.passport)).resolves.toHaveLength(1)
  })

  it.each([
    ['40 days', 40 * 24 * 3_600_000],
    ['an hour', 3_600_000],
    ['ten years', 3650 * 24 * 3_600_000]
  ])('of a clock that was %s ahead are good for being refreshed, and for nothing else', async (_what, aheadMs) => {
    const alice = await createPerson(node, 'Alice')
    node.jump(aheadMs)
    const { passport, accountId } = await alice.signIn()
    node.jump(-aheadMs)
    const key = toHex(new Uint8Array(await crypto.subtle.exportKey('raw', alice.deviceKey.publicKey))) as DeviceKey
    await expect(alice.api.devices(passport)).rejects.toMatchObject({ code: 'passport-expired' })
    expect(await node.services.passports.verifyOf(passport, key)).toBeNull()

    const refreshed = await alice.api.refresh(passport)
    expect(refreshed.accountId).toBe(accountId)
    expect(Math.abs(refreshed.expiresAt - node.services.now() - PASSPORT_TTL_MS)).toBeLessThan(5000)
    expect(await node.services.passports.verifyOf(refreshed.passport, key)).toMatchObject({ sub: accountId })
    await expect(alice.api.devices(refreshed.passport)).resolves.toMatchObject([{ lastSeenAt: expect.toSatisfy((at: number) => at <= node.services.now()) as number }])
    expect(await node.services.passports.verifyOf(passport, key)).toBeNull()
  })

  it('of a clock that was ahead are of no use to a thief, to a device that was signed out, and to a forger', async () => {
    const [alice, mallory] = [await createPerson(node, 'Alice'), await createPerson(node, 'Mallory')]
    node.jump(40 * 24 * 3_600_000)
    const { passport } = await alice.signIn()
    node.jump(-40 * 24 * 3_600_000)
    await mallory.signIn()
    await expect(mallory.api.refresh(passport)).rejects.toMatchObject({ code: 'proof-invalid' })
    const [header = '', claims = ''] = passport.split('.')
    await expect(alice.api.refresh(`${header}.${claims}.${'A'.repeat(86)}`)).rejects.toMatchObject({ code: 'passport-invalid' })
    const { passport: fresh } = await alice.api.refresh(passport)
    const [device] = await alice.api.devices(fresh)
    await alice.api.revokeDevice(fresh, device?.id ?? '')
    await expect(alice.api.refresh(passport)).rejects.toMatchObject({ code: 'device-revoked' })
  })

  it('outlive a restart of the node', async () => {
    const alice = await createPerson(node, 'Alice')
    const { passport } = await alice.signIn()
    await node.app.close()
    await node.services.stop()
    const again = await startTestNode({ dataDir: node.dataDir, environment: { PUBLIC_URL: node.origin } })
    const check = await again.services.passports.check(passport)
    await again.stop()
    expect(check.status).toBe('valid')
  })
})
