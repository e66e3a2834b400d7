/** What every implementation of `Replica` promises. Each runs this suite on the real thing. */
import { describe, expect, it } from 'vitest'
import type { DevTag, RoomTag } from '../../../ids.ts'
import { encodeEnvelope, eraseBody } from '../../envelope.ts'
import type { Replica } from '../replica.ts'
import { createPerson, ROOM, type Person } from './people.ts'

export interface ReplicaUnderTest {
  replica: Replica
  /** Closes and opens it again from where it is stored; absent when it lives in memory only. */
  reopen?: () => Promise<Replica>
}

/**
 * @param create a new, empty replica of `roomTag`
 * @param options.admit makes a device's entries welcome, for replicas that keep those of known devices only
 * @param options.carries whether it takes in what it cannot judge, as a carrier does: a member asks why a body is gone. Default true
 */
export function describeReplica (
  name: string,
  create: (roomTag: RoomTag) => Promise<ReplicaUnderTest>,
  { admit = () => Promise.resolve(), carries = true }: { admit?: (replica: Replica, people: readonly Person[]) => Promise<void>, carries?: boolean } = {}
): void {
  const shuffled = <T>(list: readonly T[]): T[] => list.map((item) => ({ item, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ item }) => item)

  describe(`a replica (${name})`, () => {
    async function setUp (): Promise<ReplicaUnderTest & { alice: Person, bob: Person, have: (devTag: DevTag) => unknown }> {
      const alice = await createPerson(), bob = await createPerson()
      const under = await create(ROOM)
      await admit(under.replica, [alice, bob])
      return { ...under, alice, bob, have: (devTag) => under.replica.vector().get(devTag)?.have ?? [] }
    }

    it('holds nothing at first', async () => {
      const { replica, alice } = await setUp()
      expect([...replica.vector().keys()].filter((devTag) => devTag === alice.devTag)).toEqual([])
      expect(await replica.read(alice.devTag, { from: 1, to: 10 }, { maxBytes: 10_000 })).toEqual([])
      expect(await replica.idAt(alice.devTag, 1)).toBeNull()
    })

    it('tells what it holds, with the newest entry as head', async () => {
      const { replica, alice, have } = await setUp()
      await alice.writeMany(3)
      await replica.append(alice.log)
      expect(have(alice.devTag)).toEqual([{ from: 1, to: 3 }])
      expect(replica.vector().get(alice.devTag)).toMatchObject({ devTag: alice.devTag, device: alice.device, head: alice.log[2]?.id })
      expect(await replica.idAt(alice.devTag, 2)).toBe(alice.log[1]?.id)
      expect(await replica.idAt(alice.devTag, 4)).toBeNull()
    })

    it('keeps islands and joins them when the gap is filled, whatever the order', async () => {
      const { replica, alice, have } = await setUp()
      const log = await alice.writeMany(30)
      await replica.append(shuffled(log.slice(20)))
      await replica.append(shuffled(log.slice(0, 5)))
      expect(have(alice.devTag)).toEqual([{ from: 1, to: 5 }, { from: 21, to: 30 }])
      expect(replica.vector().get(alice.devTag)?.head).toBe(log[29]?.id)
      await replica.append(shuffled(log.slice(3, 25)))
      expect(have(alice.devTag)).toEqual([{ from: 1, to: 30 }])
    })

    it('keeps the logs of devices apart within one batch', async () => {
      const { replica, alice, bob, have } = await setUp()
      await replica.append(shuffled([...await alice.writeMany(4), ...await bob.writeMany(2)]))
      expect([have(alice.devTag), have(bob.devTag)]).toEqual([[{ from: 1, to: 4 }], [{ from: 1, to: 2 }]])
    })

    it('skips what it holds, also a different entry at a held position', async () => {
      const { replica, alice, have } = await setUp()
      await alice.writeMany(2)
      const other = await alice.writeAfter(alice.log[0]!)
      await replica.append(alice.log)
      await replica.append([...alice.log, other])
      expect(have(alice.devTag)).toEqual([{ from: 1, to: 2 }])
      expect(await replica.idAt(alice.devTag, 2)).toBe(alice.log[1]?.id)
      replica.reportFork(alice.log[1]!, other, alice.device)
    })

    it('reads back the very bytes, ascending', async () => {
      const { replica, alice } = await setUp()
      const log = await alice.writeMany(5)
      await replica.append(log)
      const read = await replica.read(alice.devTag, { from: 2, to: 4 }, { maxBytes: 100_000 })
      expect(read.map(encodeEnvelope)).toEqual(log.slice(1, 4).map(encodeEnvelope))
      expect(read.map(({ id }) => id)).toEqual(log.slice(1, 4).map(({ id }) => id))
    })

    it('cuts off at the old end when reading, and reads one entry however small the limit', async () => {
      const { replica, alice } = await setUp()
      const log = await alice.writeMany(600)
      await replica.append(log)
      const one = encodeEnvelope(log[599]!).length
      expect((await replica.read(alice.devTag, { from: 1, to: 600 }, { maxBytes: one * 3 + 20 })).map(({ header }) => header.seq)).toEqual([598, 599, 600])
      expect((await replica.read(alice.devTag, { from: 1, to: 600 }, { maxBytes: 1 })).map(({ header }) => header.seq)).toEqual([600])
      expect(await replica.read(alice.devTag, { from: 1, to: 600 }, { maxBytes: 10_000_000 })).toHaveLength(600)
    })

    it('reads the operations of a range alone', async () => {
      const { replica, alice } = await setUp()
      for (let i = 1; i <= 40; i++) await alice.write(i % 10 === 0 ? { kind: 'operation' } : {})
      await replica.append(alice.log)
      const read = await replica.read(alice.devTag, { from: 5, to: 35 }, { maxBytes: 100_000, only: 'operations' })
      expect(read.map(({ header }) => header.seq)).toEqual([10, 20, 30])
    })

    if (carries) it('keeps an erased body as its hash', async () => {
      const { replica, alice } = await setUp()
      const entry = await alice.write()
      const erased = await eraseBody(entry)
      await replica.append([erased])
      expect((await replica.read(alice.devTag, { from: 1, to: 1 }, { maxBytes: 1 })).map(encodeEnvelope)).toEqual([encodeEnvelope(erased)])
      expect(await replica.idAt(alice.devTag, 1)).toBe(entry.id)
    })

    it('is the same after it was closed and opened', async () => {
      const { replica, reopen, alice, bob } = await setUp()
      if (reopen === undefined) return
      await alice.writeMany(12)
      await replica.append([...alice.log.slice(0, 4), ...alice.log.slice(8), ...await bob.writeMany(3)])
      const before = structuredClone(new Map(replica.vector()))
      const again = await reopen()
      expect(new Map(again.vector())).toEqual(before)
      expect((await again.read(alice.devTag, { from: 9, to: 10 }, { maxBytes: 10_000 })).map(encodeEnvelope)).toEqual(alice.log.slice(8, 10).map(encodeEnvelope))
    })
  })
}
