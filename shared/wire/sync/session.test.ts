import { describe, expect, it } from 'vitest'
import { SYNC_CREDIT_BYTES } from '../../limits.ts'
import type { FrameStream } from '../frame-stream.ts'
import { createFramePair } from '../testing/frame-pair.ts'
import { SyncRefused } from './channel.ts'
import { decodeMessage } from './messages.ts'
import { WANT_ENTRIES_MAX } from './plan.ts'
import { acceptSync, runSync } from './session.ts'
import { heldBy, meet, room, roomOf, sideOf } from './testing/meeting.ts'
import { createPerson, roomKeys } from './testing/people.ts'

const alice = await createPerson()
const bob = await createPerson()
const carol = await createPerson()
await alice.writeMany(150)
await bob.writeMany(40)
await carol.write({ kind: 'operation', bytes: 400 })
const everything = [...alice.log, ...bob.log, ...carol.log]

describe('a session between Alice and Bob', () => {
  it('is two frames and at most 260 bytes when nothing is missing', async () => {
    const { one, other, frames } = await meet(sideOf(alice, everything), sideOf(bob, everything))
    expect(frames).toBe(2)
    expect(one.bytesSent + one.bytesReceived).toBeLessThanOrEqual(260)
    expect([other.bytesSent, other.bytesReceived]).toEqual([one.bytesReceived, one.bytesSent])
    expect(one.remote.get(alice.devTag)).toEqual([{ from: 1, to: 150 }])
    expect(one).toMatchObject({ sentEntries: 0, receivedEntries: 0, withheld: false })
  })

  it('costs at most 850 bytes, the message included, when one is missing', async () => {
    const lacking = sideOf(bob, everything.filter((entry) => entry !== alice.log.at(-1)))
    const { one, other } = await meet(sideOf(alice, everything), lacking)
    expect([one.sentEntries, other.receivedEntries]).toEqual([1, 1])
    expect(heldBy(lacking, alice)).toEqual([{ from: 1, to: 150 }])
    expect(one.remote.get(alice.devTag)).toEqual([{ from: 1, to: 150 }])
    expect(one.bytesSent + one.bytesReceived).toBeLessThanOrEqual(850)
  })

  it('finds the one that is missing among forty devices', async () => {
    const people = await Promise.all(Array.from({ length: 40 }, async () => await createPerson()))
    for (const person of people) await person.writeMany(3)
    const all = people.flatMap(({ log }) => log)
    const lacking = sideOf(bob, all.filter((entry) => entry !== people[7]?.log[1]))
    const { one, other } = await meet(lacking, sideOf(alice, all))
    expect([one.receivedEntries, other.receivedEntries]).toEqual([1, 0])
    expect(people.map((person) => heldBy(lacking, person))).toEqual(people.map(() => [{ from: 1, to: 3 }]))
    expect(people.map(({ devTag }) => one.remote.get(devTag))).toEqual(people.map(() => [{ from: 1, to: 3 }]))
    expect(people.map(({ devTag }) => other.remote.get(devTag))).toEqual(people.map(() => [{ from: 1, to: 3 }]))
  })

  it('brings each what it lacks, and the next one finds nothing', async () => {
    const one = sideOf(alice, [...alice.log, ...carol.log]), other = sideOf(bob, [...alice.log.slice(0, 20), ...bob.log])
    const results = await meet(one, other)
    expect([heldBy(one, bob), heldBy(other, alice), heldBy(other, carol)])
      .toEqual([[{ from: 1, to: 40 }], [{ from: 1, to: 150 }], [{ from: 1, to: 1 }]])
    expect([results.one.receivedEntries, results.other.receivedEntries]).toEqual([40, 131])
    expect(results.other.remote.get(bob.devTag)).toEqual([{ from: 1, to: 40 }])
    expect((await meet(one, other)).frames).toBe(2)
  })

  it('fills gaps and keeps what is held', async () => {
    const other = sideOf(bob, [...alice.log.slice(10, 30), ...alice.log.slice(60, 61), ...alice.log.slice(140)])
    const { other: result } = await meet(sideOf(alice, everything), other)
    expect(heldBy(other, alice)).toEqual([{ from: 1, to: 150 }])
    expect(result.withheld).toBe(false)
    expect(other.replica.appended).toHaveLength(150 - 31 + 40 + 1)
  })

  it('passes islands on, and joins two that fit', async () => {
    const one = sideOf(alice, alice.log.slice(50, 100)), other = sideOf(bob, [...alice.log.slice(0, 20), ...alice.log.slice(80, 150)])
    await meet(one, other)
    const joined = [{ from: 1, to: 20 }, { from: 51, to: 150 }]
    expect([heldBy(one, alice), heldBy(other, alice)]).toEqual([joined, joined])
  })

  it('tells of progress and of what was acknowledged', async () => {
    const told: { received: number, total: number }[] = []
    const { one } = await meet(sideOf(alice), sideOf(bob, everything), { onProgress: (progress) => told.push(progress) })
    expect(told.at(-1)).toEqual({ received: 191, total: 191 })
    expect(one.receivedEntries).toBe(191)
  })
})

describe('a newcomer', () => {
  it('gets operations first, then the newest of everybody, then the rest', async () => {
    const [dave, eve] = [await createPerson(), await createPerson()]
    for (let i = 1; i <= 1000; i++) {
      await dave.write({ bytes: 60, ...(i % 100 === 1 && { kind: 'operation' as const }) })
      await eve.write({ bytes: 60, ...(i % 250 === 1 && { kind: 'operation' as const }) })
    }
    const newcomer = sideOf(bob)
    const { other } = await meet(sideOf(alice, [...dave.log, ...eve.log]), newcomer)
    expect(other).toMatchObject({ receivedEntries: 2000, withheld: false })
    const order = newcomer.replica.appended
    expect(order.slice(0, 14).every(({ header }) => header.kind === 'operation')).toBe(true)
    const newestPages = order.slice(14, 14 + 380)
    expect(newestPages.every(({ header }) => header.seq > 800)).toBe(true)
    expect(new Set(newestPages.map(({ header }) => header.devTag)).size).toBe(2)
    expect(Math.max(...order.slice(-300).map(({ header }) => header.seq))).toBeLessThanOrEqual(400)
  })

  it('fetches from two at once, and hardly anything twice', async () => {
    const [dave, eve] = [await createPerson(), await createPerson()]
    for (let i = 0; i < 3000; i++) {
      await dave.write({ bytes: 60 })
      await eve.write({ bytes: 60 })
    }
    const all = [...dave.log, ...eve.log], newcomer = sideOf(bob)
    const progress: number[] = []
    const results = await Promise.all([alice, carol].map(async (person) =>
      await meet(newcomer, sideOf(person, all), { onProgress: ({ received, total }) => progress.push(received / total) })))
    expect([heldBy(newcomer, dave), heldBy(newcomer, eve)]).toEqual([[{ from: 1, to: 3000 }], [{ from: 1, to: 3000 }]])
    // Twice come the newest window of each log and what the slower one had left when the other was done.
    expect(results[0]!.other.sentEntries + results[1]!.other.sentEntries).toBeLessThanOrEqual(6000 + 2 * 200 + WANT_ENTRIES_MAX)
    expect(results.map(({ one }) => one.withheld)).toEqual([false, false])
    expect(progress.toSorted((a, b) => a - b)).toEqual(progress)
    expect(progress.at(-1)).toBe(1)
  })

  it('does not wait for somebody who keeps back what he was asked for', async () => {
    const dave = await createPerson()
    await dave.writeMany(5000, { bytes: 60 })
    const newcomer = sideOf(bob), silent = createFramePair()
    const stuck = runSync(silent.a, roomOf(newcomer), { remoteKey: alice.key })
    let isSilent = false
    const other = sideOf(alice, dave.log)
    const read = other.replica.read.bind(other.replica)
    other.replica.read = async (...asked) => isSilent ? await new Promise(() => {}) : await read(...asked)
    const answering = acceptSync(silent.b, { roomOf: () => roomOf(other), remoteKey: bob.key })
    await expect.poll(() => newcomer.replica.appended.length, { timeout: 20_000 }).toBeGreaterThan(0)
    isSilent = true
    const { one } = await meet(newcomer, sideOf(carol, dave.log))
    expect(heldBy(newcomer, dave)).toEqual([{ from: 1, to: 5000 }])
    expect(one.withheld).toBe(false)
    silent.a.abort(new Error('enough'))
    await Promise.allSettled([stuck, answering])
  })

  it('loses nothing to a mailbox that has cut off its copy or gone back to an old one, and gets the rest from others', async () => {
    const dave = await createPerson()
    await dave.writeMany(300)
    const old = dave.log.slice(0, 120)
    const returning = sideOf(bob, dave.log.slice(0, 200)), newcomer = sideOf(bob)
    for (const side of [returning, newcomer]) await meet(side, sideOf(carol, old))
    expect(heldBy(returning, dave)).toEqual([{ from: 1, to: 200 }])
    expect(heldBy(newcomer, dave)).toEqual([{ from: 1, to: 120 }])
    for (const side of [returning, newcomer]) {
      const { one } = await meet(side, sideOf(alice, dave.log))
      expect(heldBy(side, dave)).toEqual([{ from: 1, to: 300 }])
      // What the mailbox says of itself is seen beside it: that it lacks what others hold.
      expect(one.remote.get(dave.devTag)).toEqual([{ from: 1, to: 300 }])
    }
  })

  it('asks for the logs of those whom an operation of the session makes known', async () => {
    const known = new Set([alice.device])
    const newcomer = sideOf(bob, [], { accepts: (device) => known.has(device) })
    const append = newcomer.replica.append.bind(newcomer.replica)
    const [dave, eve, frank] = [await createPerson(), await createPerson(), await createPerson()]
    await dave.writeMany(80)
    const admits = new Map([[(await dave.write({ kind: 'operation' })).id, eve.device]])
    await eve.writeMany(80)
    await frank.writeMany(10)
    const admitsDave = (await alice.write({ kind: 'operation' })).id
    admits.set(admitsDave, dave.device)
    newcomer.replica.append = async (entries) => {
      await append(entries)
      for (const { id } of entries) {
        const admitted = admits.get(id)
        if (admitted !== undefined) known.add(admitted)
      }
    }
    await meet(sideOf(alice, [...alice.log, ...dave.log, ...eve.log, ...frank.log]), newcomer)
    alice.log.pop()
    expect([heldBy(newcomer, dave), heldBy(newcomer, eve), heldBy(newcomer, frank)]).toEqual([[{ from: 1, to: 81 }], [{ from: 1, to: 80 }], []])
  })

  it('goes on where a broken session has left off', async () => {
    const dave = await createPerson()
    await dave.writeMany(1500, { bytes: 500 })
    const full = sideOf(alice, dave.log), newcomer = sideOf(bob)
    let acknowledged = 0
    const breaking = meet(newcomer, full, { onFrame: (frame, from) => {
      if (from === 'a' && decodeMessage(frame).type === 'ack' && ++acknowledged > 1) throw new Error('the cable was pulled')
    } })
    await expect(breaking).rejects.toThrow()
    const kept = newcomer.replica.appended.length
    expect(kept).toBeGreaterThan(200)
    expect(kept).toBeLessThan(1500)
    expect(heldBy(newcomer, dave).at(-1)?.to).toBe(1500)
    const { one } = await meet(newcomer, full)
    expect(one.receivedEntries).toBe(1500 - kept)
    expect(heldBy(newcomer, dave)).toEqual([{ from: 1, to: 1500 }])
  })

  it('does not ask for what it has let go of on purpose', async () => {
    const forgetful = sideOf(bob, [], { unwanted: ({ length }) => length === 0 ? [] : [{ from: 1, to: 120 }] })
    const { other } = await meet(sideOf(alice, alice.log), forgetful)
    expect(heldBy(forgetful, alice)).toEqual([{ from: 121, to: 150 }])
    expect(other.withheld).toBe(false)
  })
})

describe('credit', () => {
  it('holds at most 1 MiB unread and unacknowledged when the other side is slow', async () => {
    const dave = await createPerson()
    await dave.writeMany(400, { bytes: 10_000 })
    const newcomer = sideOf(bob)
    const append = newcomer.replica.append.bind(newcomer.replica)
    let sent = 0, durable = 0, most = 0
    newcomer.replica.append = async (entries) => {
      // A slow disk: it answers when nothing has been sent for a while.
      for (let before = -1; before !== sent;) {
        before = sent
        for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
      }
      await append(entries)
    }
    const { other } = await meet(sideOf(alice, dave.log), newcomer, { bufferBytes: 64 * 1024 * 1024, onFrame: (frame, from) => {
      const message = decodeMessage(frame)
      if (message.type === 'run' && from === 'a') sent += frame.length
      if (message.type === 'ack' && from === 'b') durable = message.bytes
      most = Math.max(most, sent - durable)
    } })
    expect(other.receivedEntries).toBe(400)
    expect(sent).toBeGreaterThan(3 * SYNC_CREDIT_BYTES)
    expect(most).toBeGreaterThan(SYNC_CREDIT_BYTES / 2)
    expect(most).toBeLessThanOrEqual(SYNC_CREDIT_BYTES)
  })

  it('tells the other side when nothing can be stored, and loses nothing of its own', async () => {
    const full = sideOf(bob)
    full.replica.append = () => Promise.reject(new Error('the disk is full'))
    const pair = createFramePair()
    const [one, other] = await Promise.allSettled([
      runSync(pair.a, roomOf(sideOf(alice, everything)), { remoteKey: bob.key }),
      acceptSync(pair.b, { roomOf: () => roomOf(full), remoteKey: alice.key })
    ])
    expect(one).toMatchObject({ status: 'rejected', reason: { name: 'SyncRefused', code: 'full', by: 'remote' } })
    expect(other).toMatchObject({ status: 'rejected', reason: { message: 'the disk is full' } })
  })
})

describe('who may not', () => {
  async function refused (call: Parameters<typeof runSync>[1], answer: Parameters<typeof acceptSync>[1]): Promise<unknown[]> {
    const pair = createFramePair()
    const outcomes = await Promise.allSettled([runSync(pair.a, call, { remoteKey: bob.key }), acceptSync(pair.b, answer)])
    return outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason instanceof SyncRefused
      ? `${outcome.reason.code} by ${outcome.reason.by}`
      : outcome)
  }
  const bobsRoom = roomOf(sideOf(bob, everything))

  it('a stranger who cannot prove access is told so', async () => {
    const mallory = sideOf(await createPerson())
    const stranger = { replica: mallory.replica, access: mallory.person.access(await roomKeys(8)) }
    expect(await refused(stranger, { roomOf: () => bobsRoom, remoteKey: mallory.person.key })).toEqual(['no-access by remote', 'no-access by local'])
  })

  it('a proof that was made for somebody else proves nothing', async () => {
    const access = alice.access(room)
    const replaying = { ...access, prove: async () => await access.prove(carol.key) }
    expect(await refused({ replica: sideOf(alice).replica, access: replaying }, { roomOf: () => bobsRoom, remoteKey: alice.key }))
      .toEqual(['no-access by remote', 'no-access by local'])
  })

  it('a removed device is refused in spite of its proof', async () => {
    const access = bob.access(room, { decide: () => false })
    expect(await refused(roomOf(sideOf(alice)), { roomOf: () => ({ ...bobsRoom, access }), remoteKey: alice.key })).toEqual(['no-access by remote', 'no-access by local'])
  })

  it('whoever answers has to prove it too', async () => {
    const mallory = await createPerson()
    const other = { replica: sideOf(mallory, everything).replica, access: mallory.access(await roomKeys(8), { decide: () => true }) }
    expect(await refused(roomOf(sideOf(alice)), { roomOf: () => other, remoteKey: alice.key })).toEqual(['no-access by local', 'no-access by remote'])
  })

  it('an unknown room and a busy side are told apart', async () => {
    expect(await refused(roomOf(sideOf(alice)), { roomOf: () => null, remoteKey: alice.key })).toEqual(['unknown-room by remote', 'unknown-room by local'])
    expect(await refused(roomOf(sideOf(alice)), { roomOf: () => 'busy', remoteKey: alice.key })).toEqual(['busy by remote', 'busy by local'])
  })

  it.each([
    ['a stranger', async () => {
      const mallory = sideOf(await createPerson())
      return { caller: { replica: mallory.replica, access: mallory.person.access(await roomKeys(8)) }, found: bobsRoom, key: mallory.person.key }
    }],
    ['a caller of an unknown room', () => Promise.resolve({ caller: roomOf(sideOf(alice)), found: null, key: alice.key })],
    ['a caller of somebody busy', () => Promise.resolve({ caller: roomOf(sideOf(alice)), found: 'busy' as const, key: alice.key })]
  ])('%s is refused by closing: the refusal is not lost with a stream that is dropped', async (_, arrange) => {
    const { caller, found, key } = await arrange()
    const pair = createFramePair()
    const ends: string[] = []
    const answering: FrameStream = {
      ...pair.b,
      close: async () => { ends.push('closed'); await pair.b.close() },
      abort: (reason) => { ends.push('dropped'); pair.b.abort(reason) }
    }
    const outcomes = await Promise.allSettled([runSync(pair.a, caller, { remoteKey: bob.key }), acceptSync(answering, { roomOf: () => found, remoteKey: key })])
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'SyncRefused' } })
    expect(ends).toEqual(['closed'])
  })

  it('ends at once when it is aborted', async () => {
    const controller = new AbortController()
    const pair = createFramePair()
    const session = runSync(pair.a, roomOf(sideOf(alice)), { remoteKey: bob.key, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(session).rejects.toThrow('enough')
  })
})
