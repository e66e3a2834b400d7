import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CODE_TTL_MS } from '#shared/limits.ts'
import { ROTATE_AFTER_MS } from './auth/signing-keys.ts'
import { createClock, type Clock } from './clock.ts'
import { createLog } from './log.ts'
import { openStore, type Store } from './store/index.ts'
import { toSqliteUrl } from './store/url.ts'
import { createPerson, makeFolder, startTestNode } from './testing/node.ts'

const HOUR_MS = 3_600_000, DAY_MS = 24 * HOUR_MS
const ends: (() => Promise<unknown>)[] = []
afterEach(() => { vi.useRealTimers() })
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end() })

async function makeStore (): Promise<Store> {
  const folder = await makeFolder()
  const store = await openStore(toSqliteUrl(join(folder, 'parley.db')))
  ends.push(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  return store
}

interface Machine { wall: number, elapsed: number, logged: () => string[], boot: () => Promise<Clock>, run: (ms: number) => void }

/** A machine that is on or off, whose clock may be set wrong. */
async function makeMachine (given?: Store): Promise<Machine> {
  const store = given ?? await makeStore()
  const lines: string[] = []
  const log = createLog('warn', new Writable({
    write (chunk: Buffer, _encoding, done) {
      lines.push(...chunk.toString().trim().split('\n').map((line) => (JSON.parse(line) as { msg: string }).msg))
      done()
    }
  }))
  const machine: Machine = {
    wall: Date.parse('2026-03-01T12:00:00Z'),
    elapsed: 0,
    logged: () => lines.splice(0),
    async boot () {
      const clock = await createClock(store, { log, now: () => machine.wall, elapsed: () => machine.elapsed })
      await clock.record()
      return clock
    },
    run (ms) {
      machine.wall += ms
      machine.elapsed += ms
    }
  }
  return machine
}

describe('the clock of the node', () => {
  it('is believed at the first start, and after a restart or a night that the node was off', async () => {
    const machine = await makeMachine()
    expect((await machine.boot()).mayErase()).toBe(true)
    expect((await machine.boot()).mayErase()).toBe(true)
    machine.wall += 20 * HOUR_MS
    expect((await machine.boot()).mayErase()).toBe(true)
  })

  it.each([
    ['40 days ahead', 40 * DAY_MS],
    ['three days ahead', 3 * DAY_MS],
    ['two hours behind', -2 * HOUR_MS],
    ['in 1970', -Date.parse('2026-03-01T00:00:00Z')]
  ])('that starts %s is not believed until it has run for a day', async (_what, jumpMs) => {
    const machine = await makeMachine()
    await machine.boot()
    machine.wall += jumpMs
    const clock = await machine.boot()
    expect(clock.mayErase()).toBe(false)
    machine.run(23 * HOUR_MS)
    expect(clock.mayErase()).toBe(false)
    machine.run(HOUR_MS)
    expect(clock.mayErase()).toBe(true)
  })

  it('that jumps while the node runs is not believed from then on', async () => {
    const machine = await makeMachine()
    const clock = await machine.boot()
    machine.run(5 * HOUR_MS)
    expect(clock.mayErase()).toBe(true)
    machine.wall += 40 * DAY_MS
    expect(clock.mayErase()).toBe(false)
    machine.wall -= 40 * DAY_MS
    machine.run(12 * HOUR_MS)
    expect(clock.mayErase()).toBe(false)
  })

  it.each([
    ['ahead by 40 days', 40 * DAY_MS],
    ['ahead by 3 hours', 3 * HOUR_MS],
    ['back by 25 minutes', -25 * 60_000],
    ['back by 2 days', -2 * DAY_MS]
  ])('that jumps %s is noticed within seconds, told once with its size, and once more when it is back', async (what, jumpMs) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const machine = await makeMachine()
    const clock = await machine.boot()
    let jumps = 0
    clock.onJump(() => { jumps++ })
    const run = (ms: number): void => {
      for (let passed = 0; passed < ms; passed += 1000) {
        machine.run(1000)
        vi.advanceTimersByTime(1000)
      }
    }
    run(60_000)
    expect([machine.logged(), jumps]).toEqual([[], 0])
    machine.wall += jumpMs
    run(10_000)
    expect(machine.logged()).toEqual([expect.stringContaining(`the clock has jumped ${what}`)])
    run(60_000)
    expect(machine.logged()).toEqual([])
    machine.wall -= jumpMs
    run(10_000)
    expect(machine.logged()).toEqual([expect.stringMatching(/^the clock has jumped .* and is back where it was/)])
    run(60_000)
    expect([machine.logged(), jumps]).toEqual([[], 2])
    clock.stop()
  })

  it('that is corrected in steps of seconds is nothing to tell', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const machine = await makeMachine()
    const clock = await machine.boot()
    for (let nth = 0; nth < 20; nth++) {
      machine.wall += 30_000
      vi.advanceTimersByTime(5000)
    }
    expect([machine.logged(), clock.mayErase()]).toEqual([[], true])
    clock.stop()
  })

  it('that is wrong is not believed because the node was started again', async () => {
    const machine = await makeMachine()
    await machine.boot()
    machine.wall += 40 * DAY_MS
    await machine.boot()
    machine.run(HOUR_MS)
    const again = await machine.boot()
    expect(again.mayErase()).toBe(false)
    // What it has run before counts.
    machine.run(10 * HOUR_MS)
    await again.record()
    const third = await machine.boot()
    machine.run(14 * HOUR_MS)
    expect(third.mayErase()).toBe(true)
  })

  it('stamps nothing with a time before the last one that was believed', async () => {
    const machine = await makeMachine()
    const believed = machine.wall
    await machine.boot()
    machine.wall = 0
    const clock = await machine.boot()
    expect(clock.now()).toBe(0)
    expect(clock.stamp()).toBe(believed)
  })

  it('of a database that has accounts and no reading yet is not believed for a day', async () => {
    const store = await makeStore()
    await store.accounts.findOrCreate('a', 0)
    expect((await (await makeMachine(store)).boot()).mayErase()).toBe(false)
  })
})

describe('a node that starts with its clock 40 days ahead', () => {
  it('says so, keeps codes, devices and its signing key, and goes on with all of it when the clock is right', async () => {
    const dataDir = await makeFolder()
    ends.push(async () => await rm(dataDir, { recursive: true, force: true }))
    const before = await startTestNode({ dataDir })
    const alice = await createPerson(before, 'Alice')
    await alice.signIn()
    await before.services.codes.send('bob@example.org', { deviceId: null, address: '192.0.2.1', isLocal: false })
    const { kid } = await before.services.keyRing.signer()
    await before.stop()

    const ahead = await startTestNode({ dataDir, clockAheadMs: 40 * DAY_MS })
    expect(ahead.logged()).toContain('nothing is erased until it has run for a day without a jump')
    expect(ROTATE_AFTER_MS + CODE_TTL_MS).toBeLessThan(40 * DAY_MS)
    await ahead.services.maintain()
    expect((await ahead.services.keyRing.signer()).kid).toBe(kid)
    expect(await ahead.db.selectFrom('codes').selectAll().execute()).toHaveLength(1)
    ahead.pass(25 * HOUR_MS)
    await ahead.services.maintain()
    expect((await ahead.services.keyRing.signer()).kid).not.toBe(kid)
    expect(await ahead.db.selectFrom('codes').selectAll().execute()).toHaveLength(0)
    await ahead.stop()
  })
})
