/** What every repository promises, on any database that the node may use. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountId } from '#shared/ids.ts'
import { BACKUPS_PER_ACCOUNT } from '#shared/limits.ts'
import type { Db } from '../database.ts'
import { createRepositories, type Repositories } from '../index.ts'
import { describeMailbox } from './mailbox-suite.ts'

/** The latest time that a Date can hold, Unix ms: 53 bits. */
const LATE = 8_640_000_000_000_000
const bytes = (...values: number[]): Uint8Array => new Uint8Array(values)

/** @param open opens an empty database of the newest schema; the suite closes it */
export function describeRepositories (database: string, open: () => Promise<Db>): void {
  describe(`the repositories ${database}`, () => {
    let db: Db
    let store: Repositories
    const revoked: string[] = []
    beforeEach(async () => {
      db = await open()
      revoked.length = 0
      store = createRepositories(db, { onRevoked: (id) => revoked.push(id) })
    })
    afterEach(async () => { await db.destroy() })

    describeAccounts(() => store)
    describeDevices(() => store, revoked)
    describeSignIn(() => store)
    describeKept(() => store)
    describeMailbox(() => store.mailbox)
  })
}

function describeAccounts (store: () => Repositories): void {
  it('make one account of one address, for two devices that sign in at once too', async () => {
    const { accounts } = store()
    expect(await accounts.hasAny()).toBe(false)
    expect(await accounts.find('alice')).toBeNull()
    const ids = await Promise.all(Array.from({ length: 5 }, () => accounts.findOrCreate('alice', LATE)))
    expect(new Set(ids).size).toBe(1)
    expect(await accounts.find('alice')).toBe(ids[0])
    expect(await accounts.findOrCreate('bob', LATE)).not.toBe(ids[0])
    expect(await accounts.hasAny()).toBe(true)
  })

  it('give a name to one account only, and free the former one in the same step', async () => {
    const { accounts, names } = store()
    const [alice, bob] = [await accounts.findOrCreate('alice', 1), await accounts.findOrCreate('bob', 1)]
    const reserved = await Promise.all([names.reserve('Alice', alice, LATE), names.reserve('Alice', bob, LATE)])
    expect(reserved).toEqual([true, false])
    expect(await names.reserve('Bob', bob, 2)).toBe(true)
    expect(await names.reserve('\u0410lice', bob, 3)).toBe(false)
    expect([await names.of(alice), await names.of(bob)]).toEqual(['Alice', 'Bob'])
    expect(await names.reserve('Alicia', alice, 4)).toBe(true)
    expect([await names.isFree('alice'), await names.isFree('ALICIA')]).toEqual([true, false])
  })

  it('refuse a name for an account that does not exist', async () => {
    await expect(store().names.reserve('Alice', 'nobody' as AccountId, 1)).rejects.toThrow()
    expect(await store().names.isFree('Alice')).toBe(true)
  })
}

function describeDevices (store: () => Repositories, revoked: readonly string[]): void {
  const devicesOf = async (emailHash: string) => {
    const { accounts, devices } = store()
    const accountId = await accounts.findOrCreate(emailHash, 1)
    const add = (id: string, now: number) => devices.register({ id, accountId, label: `${id}'s`, now })
    return { devices, accountId, add }
  }

  it('list the devices of an account, the newest first, and count the others', async () => {
    const { devices, accountId, add } = await devicesOf('alice')
    for (const [id, now] of [['old', 1], ['b', LATE], ['a', LATE]] as const) await add(id, now)
    await (await devicesOf('bob')).add('bob', 5)
    expect((await devices.listOf(accountId)).map(({ id }) => id)).toEqual(['a', 'b', 'old'])
    expect(await devices.find('a')).toEqual(
      { id: 'a', accountId, label: 'a\'s', createdAt: LATE, lastSeenAt: LATE, isRevoked: false })
    expect(await devices.countOthers(accountId, 'a', 0)).toBe(2)
    expect(await devices.countOthers(accountId, 'a', 1)).toBe(1)
    await devices.touch('old', LATE - 1)
    expect((await devices.find('old'))?.lastSeenAt).toBe(LATE - 1)
    expect([await devices.isOf('a', 'alice'), await devices.isOf('a', 'bob')]).toEqual([true, false])
  })

  it('revoke a device once, and say so after that is stored', async () => {
    const { devices, accountId, add } = await devicesOf('alice')
    for (const [id, now] of [['a', 1], ['b', 2], ['c', 3]] as const) await add(id, now)
    expect([await devices.revoke('c', accountId, 4), await devices.revoke('c', accountId, 5)]).toEqual([true, false])
    await devices.dropIdle(accountId, 1, 6)
    expect(revoked).toEqual(['c', 'a'])
    expect((await devices.listOf(accountId)).map(({ id }) => id)).toEqual(['b'])
    expect(await devices.find('a')).toMatchObject({ isRevoked: true })
    // Signing in with the same key brings it back, and to another account revokes the passports of the former one.
    await (await devicesOf('bob')).add('b', 7)
    expect(revoked).toEqual(['c', 'a', 'b'])
  })
}

function describeSignIn (store: () => Repositories): void {
  const key = { emailHash: 'alice', asker: '' }
  const times = { now: LATE - 10, expiresAt: LATE, notSentAfter: LATE - 20, maxAttempts: 3 }

  it('open one code of several requests that come at once', async () => {
    const { codes } = store()
    const opened = await Promise.all(['x', 'y', 'z'].map((freshSeed) => codes.open(key, { ...times, freshSeed })))
    expect(opened.filter((code) => code !== null)).toHaveLength(1)
    const seed = opened.find((code) => code !== null)?.seed
    expect(await codes.find(key)).toEqual({ ...key, seed, attempts: 0, sentAt: LATE - 10, expiresAt: LATE })
    expect(await codes.find({ ...key, asker: 'other' })).toBeNull()
  })

  it('count attempts that are made at once, close a code once, and purge what has expired', async () => {
    const { codes } = store()
    const code = await codes.open(key, { ...times, freshSeed: 'x' })
    const attempts = await Promise.all(Array.from({ length: 5 }, () => codes.attempt(key, times)))
    expect(attempts.map((attempt) => attempt?.attempts ?? null).sort()).toEqual([1, 2, 3, null, null])
    expect(await Promise.all([codes.close(code!), codes.close(code!)])).toEqual([true, false])
    const again = await codes.open(key, { ...times, freshSeed: 'y' })
    await codes.unsend(again!)
    expect((await codes.find(key))?.sentAt).toBe(0)
    await codes.purge(LATE - 1)
    expect(await codes.find(key)).not.toBeNull()
    await codes.purge(LATE)
    expect(await codes.find(key)).toBeNull()
  })

  it('use a pass as often as it is good for, by sign-ups that come at once too', async () => {
    const { accounts, passes } = store()
    const accountId = await accounts.findOrCreate('alice', 1)
    await passes.add({ hash: 'pass', accountId, uses: 2, now: 1, expiresAt: LATE })
    const uses = await Promise.all(Array.from({ length: 3 }, () => passes.use('pass', LATE - 1)))
    expect(uses.sort()).toEqual(['used', 'used', 'used-up'])
    expect([await passes.use('pass', LATE), await passes.use('unknown', 1)]).toEqual(['expired', 'expired'])
    await passes.purge(LATE)
    expect(await passes.use('pass', 1)).toBe('expired')
  })
}

function describeKept (store: () => Repositories): void {
  it('keep facts by key, the latest in place of the former', async () => {
    const { meta } = store()
    expect(await meta.find('clock')).toBeNull()
    await Promise.all([meta.put('clock', '1'), meta.put('other', '2')])
    await meta.put('clock', '3')
    expect([await meta.find('clock'), await meta.find('other')]).toEqual(['3', '2'])
  })

  it('keep one active and one announced signing key, and erase the private half of a retired one', async () => {
    const { signingKeys } = store()
    const next = (kid: string) => ({ kid, publicJwk: '{}', sealedPrivate: 'sealed' })
    expect(await signingKeys.active()).toBeNull()
    for (const [kid, now] of [['first', 1], ['second', 2], ['third', LATE]] as const) {
      await signingKeys.advance(next(kid), now)
    }
    expect(await signingKeys.active()).toEqual(
      { kid: 'second', publicJwk: '{}', sealedPrivate: 'sealed', createdAt: 2, activatedAt: LATE, retiredAt: null })
    expect(await signingKeys.find('first'))
      .toMatchObject({ sealedPrivate: null, createdAt: 1, activatedAt: 2, retiredAt: LATE })
    expect((await signingKeys.published(LATE - 1)).map(({ kid }) => kid)).toEqual(['third', 'second', 'first'])
    expect((await signingKeys.published(LATE)).map(({ kid }) => kid)).toEqual(['third', 'second'])
    // A step that fails leaves all keys as they were.
    await expect(signingKeys.advance(next('first'), LATE)).rejects.toThrow()
    expect((await signingKeys.active())?.kid).toBe('second')
  })

  it('replace a backup only from the revision that is there, and keep so many per account', async () => {
    const { accounts, backups } = store()
    const accountId = await accounts.findOrCreate('alice', 1)
    const put = (backupId: string, replaces: number, sealed: Uint8Array, now = 1): Promise<number | null> =>
      backups.put({ accountId, backupId, replaces, sealed, now })
    expect((await Promise.all([put('a', 0, bytes(1)), put('a', 0, bytes(2))])).sort()).toEqual([1, null])
    expect((await Promise.all([put('a', 1, bytes(3)), put('a', 1, bytes(3))])).sort()).toEqual([2, null])
    const kept = await backups.find(accountId, 'a')
    expect([kept?.revision, [...kept?.sealed ?? []]]).toEqual([2, [3]])
    for (let n = 0; n < BACKUPS_PER_ACCOUNT; n++) await put(`later ${n}`, 0, bytes(), LATE + n)
    expect(await backups.find(accountId, 'a')).toBeNull()
    const remove = (): Promise<boolean> => backups.remove(accountId, 'later 0')
    expect([await remove(), await remove()]).toEqual([true, false])
  })
}
