/** Two devices of one room that tell each other what they make of it, with real logs, keys and rules; one of them has a build with another rule. */
import { signal, type Signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { decodeGossipFrame } from '#shared/wire/gossip.ts'
import { openPresence, sealPresence, type PresenceContent, type SentPresence } from '../../protocols/presence/index.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import type { RoomRecord } from '../../store/index.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { BEAT_MS, createAgreements, REPEAT_EVERY_MS, REST_MS, type Agreements, type Claim } from './agreements.ts'
import { describeDisagreements } from '../people/describe-disagreements.ts'
import { decide } from '../membership/law/decide.ts'
import { LAW_VERSION } from '../membership/law/version.ts'
import type { Law } from '../membership/resolve.ts'

/** By which nobody has a role that was given. */
const withoutRoles: Law = (operations) => decide([...operations].map((one) => one.act.type === 'role' ? { ...one, act: { type: 'nothing' } } : one))

interface Watcher {
  holder: LogHolder
  agreements: Agreements
  record: Signal<RoomRecord>
  /** What it sent, each with how many it went to. */
  sent: { to: number, content: SentPresence }[]
  /** With whom it repeated the exchange. */
  exchanged: DeviceKey[]
  canExchange: boolean
}

let kitchen: Kitchen
let scope: Scope
let watchers: Map<DeviceKey, Watcher>
/** Frames and exchanges. */
const underWay = new Set<Promise<unknown>>()

beforeEach(() => {
  scope = createScope((error) => { throw error })
  watchers = new Map()
})

afterEach(async () => {
  scope.end()
  vi.useRealTimers()
  await kitchen[Symbol.asyncDispose]()
})

/** Frames are sealed, signed, opened and checked on their way. */
async function deliver (from: LogHolder, to: Watcher, content: SentPresence): Promise<void> {
  const { roomTag, keyring, membership } = from.log
  const { key, signing, nextCount } = from.device
  const epoch = keyring.forSending(membership.peek())
  if (epoch === null) throw new Error('a member can send')
  const frame = decodeGossipFrame(await sealPresence(
    { roomTag, device: key, signingKey: signing.privateKey, epoch }, { content, sentAt: Date.now(), count: nextCount() }))
  if (frame.type !== 'ephemeral') throw new Error('presence is ephemeral')
  const opened: PresenceContent = (await openPresence(frame, { roomTag, epochOf: (id) => to.holder.log.keyring.get(id) })).content
  if (opened.type === 'agreement') to.agreements.hear(key, opened)
}

function watch (holder: LogHolder): Watcher {
  const record = signal<RoomRecord>({ tag: holder.log.roomTag, name: 'Kitchen', createdAt: 0, draft: '', inviteSecrets: {}, ...watchers.get(holder.device.key)?.record.peek() })
  const watcher: Watcher = {
    holder, record, sent: [], exchanged: [], canExchange: true,
    agreements: createAgreements({
      log: holder.log, scope, record,
      device: holder.device.key,
      reachable: () => [...watchers.keys()],
      sendTo (devices, content) {
        watcher.sent.push({ to: devices.length, content })
        for (const key of devices) {
          const to = watchers.get(key)
          if (to !== undefined) scope.run(track(deliver(holder, to, content)))
        }
      },
      repeatExchange: async (key) => await track(exchange(watcher, key)),
      saveRecord (change) {
        record.value = { ...record.peek(), ...change }
        return Promise.resolve()
      }
    })
  }
  watchers.set(holder.device.key, watcher)
  return watcher
}

async function exchange (watcher: Watcher, key: DeviceKey): Promise<void> {
  if (!watcher.canExchange) throw new Error('unreachable')
  watcher.exchanged.push(key)
  const other = watchers.get(key)?.holder
  if (other === undefined) return
  await copy(other, watcher.holder)
  await copy(watcher.holder, other)
}

const shown = ({ agreements, record, holder }: Watcher): string[] => describeDisagreements({
  disagreements: agreements.disagreements, record,
  naming: signal({ of: (user: string) => ({ text: user === kitchen.alice.user ? 'Alice' : user === kitchen.bob.user ? 'Bob' : 'Carol', mark: null }), ofClaim: () => ({ text: '', mark: null }) }),
  myUser: holder.user, saveRecord: () => Promise.resolve()
}).disagreements.peek().filter(({ isDismissed }) => !isDismissed).map(({ name }) => name)

const tell = async (from: Watcher, to: Watcher, claim: Partial<Claim> = {}): Promise<void> => {
  const { law, set, result } = from.holder.log.operations.agreement.peek()
  await deliver(from.holder, to, { type: 'agreement', law, set, result, ...claim })
}

/** Everything that is under way has arrived, and what it led to. */
async function quiet (): Promise<void> {
  do {
    await Promise.allSettled([...underWay])
    await new Promise((resolve) => { setImmediate(resolve) })
  } while (underWay.size > 0)
}

function track<T> (job: Promise<T>): Promise<T> {
  underWay.add(job)
  const end = (): void => { underWay.delete(job) }
  job.then(end, end)
  return job
}

async function open (lawOf: (name: string) => Law | undefined = () => undefined): Promise<{ alice: Watcher, bob: Watcher, carol: Watcher }> {
  kitchen = await openKitchen({ lawOf })
  const { alice, bob, carol } = kitchen
  await alice.log.writeOperation({ type: 'role', user: carol.user, role: 'admin', cuts: [] })
  for (const other of [bob, carol]) await copy(alice, other)
  return { alice: watch(alice), bob: watch(bob), carol: watch(carol) }
}

const oneOld = (name: string): Law | undefined => name === 'Bob' ? withoutRoles : undefined

describe('a device whose build has another rule', () => {
  it('is named to its person and to the others, with the evidence, once the exchange was repeated and it still differs', async () => {
    const { alice, bob } = await open(oneOld)
    await tell(alice, bob)
    await vi.waitFor(() => { expect([shown(alice), shown(bob)]).toEqual([['Bob'], ['Alice']]) })
    expect([...alice.exchanged, ...bob.exchanged].toSorted()).toEqual([kitchen.alice.device.key, kitchen.bob.device.key].toSorted())
    const [seen] = alice.record.peek().disagreements ?? []
    const [mine, theirs] = [alice, bob].map(({ holder }) => holder.log.operations.agreement.peek())
    expect(seen).toMatchObject({
      device: kitchen.bob.device.key, user: kitchen.bob.user, law: LAW_VERSION, operations: mine!.operations, set: theirs!.set, mine: mine!.result, theirs: theirs!.result
    })
    expect(mine!.result).not.toBe(theirs!.result)
  })

  it('is not named before it was heard again', async () => {
    const { alice, bob } = await open(oneOld)
    watchers.delete(kitchen.alice.device.key)
    await tell(bob, alice)
    await quiet()
    expect(alice.exchanged).toEqual([kitchen.bob.device.key])
    expect(shown(alice)).toEqual([])
  })

  it('is not named while the two do not have the same operations', async () => {
    const { alice, bob } = await open(oneOld)
    await alice.holder.log.writeOperation({ type: 'rename', name: 'Pantry', topic: '' })
    await tell(bob, alice)
    await tell(alice, bob)
    await quiet()
    expect([alice.exchanged, bob.exchanged, shown(alice), shown(bob)]).toEqual([[], [], [], []])
  })

  it('is named after a restart too', async () => {
    const { alice, bob } = await open(oneOld)
    await tell(alice, bob)
    await vi.waitFor(() => { expect(shown(alice)).toEqual(['Bob']) })
    await alice.holder.reload()
    expect(shown(watch(alice.holder))).toEqual(['Bob'])
  })
})

describe('two devices that have agreed again', () => {
  it('are not named any more: after an update of the one that was wrong', async () => {
    let law: Law | undefined = withoutRoles
    const { alice, bob } = await open((name) => name === 'Bob' ? law : undefined)
    await tell(alice, bob)
    await vi.waitFor(() => { expect([shown(alice), shown(bob)]).toEqual([['Bob'], ['Alice']]) })
    law = undefined
    await bob.holder.reload()
    const updated = watch(bob.holder)
    expect(shown(updated)).toEqual(['Alice'])
    await tell(updated, alice)
    await tell(alice, updated)
    expect([shown(alice), shown(updated)]).toEqual([[], []])
    expect(alice.record.peek().disagreements).toEqual([])
  })

  it('stay named while the cause lasts, whatever else happens in the room', async () => {
    const { alice, bob } = await open(oneOld)
    await tell(alice, bob)
    await vi.waitFor(() => { expect([shown(alice), shown(bob)]).toEqual([['Bob'], ['Alice']]) })
    // By both rules Carol is out now; but what gave her the role counts by one of them only.
    await alice.holder.log.writeRemoval((device) => device === kitchen.carol.device.key, (rotation) => ({ type: 'remove', user: kitchen.carol.user, isBan: false, cuts: [], rotation }))
    await copy(kitchen.alice, kitchen.bob)
    await tell(alice, bob)
    await quiet()
    expect([shown(alice), shown(bob)]).toEqual([['Bob'], ['Alice']])
  })
})

describe('devices with different versions of the rules', () => {
  it.each([['an older', -1], ['a newer', 1]])('say nothing but that one has %s one', async (_, step) => {
    const { alice, bob } = await open(oneOld)
    const law = LAW_VERSION + step
    await tell(bob, alice, { law })
    await tell(bob, alice, { law })
    await quiet()
    expect([alice.exchanged, shown(alice)]).toEqual([[], []])
    expect([...alice.agreements.laws.peek()]).toEqual([[kitchen.bob.device.key, law]])
    await tell(bob, alice)
    expect([...alice.agreements.laws.peek()]).toEqual([])
  })
})

it('a notice is gone once this device judges by other rules', async () => {
  const { alice, bob } = await open(oneOld)
  await tell(alice, bob)
  await vi.waitFor(() => { expect(shown(alice)).toEqual(['Bob']) })
  alice.record.value = { ...alice.record.peek(), disagreements: alice.record.peek().disagreements!.map((one) => ({ ...one, law: LAW_VERSION - 1 })) }
  expect(shown(watch(alice.holder))).toEqual([])
})

describe('a member who claims nonsense', () => {
  const nonsense = (nth: number): Partial<Claim> => ({ result: nth.toString(16).padStart(32, '0') })

  it('has the exchange repeated once a minute, however often they claim it', async () => {
    const { alice, bob } = await open()
    vi.useFakeTimers({ toFake: ['Date'] })
    const honest = bob.holder.log.operations.agreement.peek()
    for (let round = 1; round <= 3; round++) {
      for (let nth = 1; nth <= 20; nth++) {
        await tell(bob, alice, nonsense(nth))
        await tell(bob, alice, { result: honest.result })
      }
      await quiet()
      expect(alice.exchanged.length).toBe(round)
      vi.setSystemTime(Date.now() + REPEAT_EVERY_MS + 1)
    }
  })

  it('is one line, which stays away for good once it was put away', async () => {
    const { alice, bob } = await open()
    const raise = async (nth: number): Promise<void> => {
      await tell(bob, alice, nonsense(nth))
      await vi.waitFor(() => { expect(alice.exchanged.length).toBeGreaterThan(0) })
      await quiet()
      for (let i = 0; i < 10; i++) await tell(bob, alice, nonsense(nth + i))
    }
    vi.useFakeTimers({ toFake: ['Date'] })
    await raise(1)
    expect(shown(alice)).toEqual(['Bob'])
    expect(alice.record.peek().disagreements).toHaveLength(1)
    const { dismissDisagreements } = describeDisagreements({
      disagreements: alice.agreements.disagreements, naming: signal(null) as never, myUser: kitchen.alice.user, record: alice.record,
      saveRecord (change) {
        alice.record.value = { ...alice.record.peek(), ...change }
        return Promise.resolve()
      }
    })
    await dismissDisagreements()
    expect(shown(alice)).toEqual([])
    await tell(bob, alice)
    expect(alice.agreements.disagreements.peek().size).toBe(0)
    vi.setSystemTime(Date.now() + REPEAT_EVERY_MS + 1)
    await raise(50)
    expect(alice.agreements.disagreements.peek().size).toBe(1)
    expect(shown(alice)).toEqual([])
    // Of somebody else there is a notice.
    await tell(kitchenWatcher('Carol'), alice, nonsense(7))
    await quiet()
    await tell(kitchenWatcher('Carol'), alice, nonsense(8))
    expect(shown(alice)).toEqual(['Carol'])
  })

  it('changes nothing in the room: members, rights and sending are as before', async () => {
    const { alice, bob } = await open()
    const before = alice.holder.log.operations.agreement.peek()
    await tell(bob, alice, nonsense(1))
    await quiet()
    await tell(bob, alice, nonsense(1))
    expect(shown(alice)).toEqual(['Bob'])
    expect(alice.holder.log.operations.agreement.peek()).toEqual(before)
    await alice.holder.log.writeMessage(new Uint8Array([1]))
  })

  it('and is out, is forgotten', async () => {
    const { alice, bob } = await open()
    await tell(bob, alice, nonsense(1))
    await quiet()
    await tell(bob, alice, nonsense(1))
    expect(shown(alice)).toEqual(['Bob'])
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    alice.agreements.start()
    await alice.holder.log.writeRemoval((device) => device === kitchen.bob.device.key, (rotation) => ({ type: 'remove', user: kitchen.bob.user, isBan: false, cuts: [], rotation }))
    vi.advanceTimersByTime(2 * REST_MS)
    expect(shown(alice)).toEqual([])
  })

  it('costs no exchange with who cannot be reached, and is no evidence', async () => {
    const { alice, bob } = await open()
    alice.canExchange = false
    for (let nth = 1; nth < 10; nth++) {
      await tell(bob, alice, nonsense(1))
      await quiet()
    }
    expect([alice.exchanged, shown(alice)]).toEqual([[], []])
  })
})

describe('who agrees', () => {
  it('is told once of each change, a few at a time, and nothing while nothing changes', async () => {
    const { alice } = await open()
    const told = (): number => alice.sent.reduce((sum, { to }) => sum + to, 0)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    alice.agreements.start()
    vi.advanceTimersByTime(5 * BEAT_MS)
    expect(told()).toBe(2)
    await alice.holder.log.writeOperation({ type: 'rename', name: 'Pantry', topic: '' })
    vi.advanceTimersByTime(5 * BEAT_MS)
    expect(told()).toBe(4)
    await alice.holder.log.writeMessage(new Uint8Array([1]))
    vi.advanceTimersByTime(BEAT_MS)
    expect(told()).toBe(4)
  })

  it('costs fewer bytes than a receipt for three logs', async () => {
    const { alice } = await open()
    const { roomTag, keyring, membership } = alice.holder.log
    const { law, set, result } = alice.holder.log.operations.agreement.peek()
    const lengthOf = async (content: SentPresence): Promise<number> => (await sealPresence(
      { roomTag, device: kitchen.alice.device.key, signingKey: kitchen.alice.device.signing.privateKey, epoch: keyring.forSending(membership.peek())! },
      { content, sentAt: Date.now(), count: kitchen.alice.device.nextCount() })).length
    const held = [kitchen.alice, kitchen.bob, kitchen.carol].map(({ log }) => ({ devTag: log.devTag, from: 1, to: 9 }))
    const bytes = await lengthOf({ type: 'agreement', law, set, result })
    expect(bytes).toBeLessThan(await lengthOf({ type: 'receipt', held }))
    expect(bytes).toBe(219)
  })
})

const kitchenWatcher = (name: 'Carol'): Watcher => [...watchers.values()].find(({ holder }) => holder.name === name)!
