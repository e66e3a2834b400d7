/** Alice compares safety numbers with Bob, of whose devices she knows what rooms and lists say. */
import { signal } from '@preact/signals-core'
import { describe, expect, it } from 'vitest'
import type { RoomTag } from '#shared/ids.ts'
import { CERTIFICATE_CLOCK_MARGIN_MS, CERTIFICATE_MAX_AGE_MS } from '#shared/limits.ts'
import { signDeviceList } from '../identity/device-list.ts'
import { certify, createRootEntropy } from '../identity/index.ts'
import type { OpenedRoom } from '../rooms/room.ts'
import { keepLists } from '../testing/device-lists.ts'
import { copy, openKitchen, type Kitchen } from '../testing/room-logs.ts'
import { createVerification } from './verification.ts'

const AGED_MS = CERTIFICATE_MAX_AGE_MS + 2 * CERTIFICATE_CLOCK_MARGIN_MS

async function comparing (kitchen: Kitchen, now = (): number => Date.now()) {
  const { lists } = await keepLists()
  const all = signal<ReadonlyMap<RoomTag, OpenedRoom>>(new Map([[kitchen.tag, { log: kitchen.alice.log } as OpenedRoom]]))
  return { lists, ...createVerification({ rooms: { all }, lists, now }) }
}

describe('a safety number', () => {
  it('is compared with a person whose device was certified lately, and with who is in no room with one', async () => {
    await using kitchen = await openKitchen()
    const verification = await comparing(kitchen)
    await verification.require(kitchen.bob.user)
    await verification.require((await kitchen.arrive('Dave')).user)
  })

  it('is not compared with a person all of whose devices they have revoked', async () => {
    await using kitchen = await openKitchen()
    const { bob } = kitchen, verification = await comparing(kitchen)
    await verification.lists.take(await signDeviceList(bob.entropy, { user: bob.user, version: 1, issuedAt: 0, devices: [], revoked: [bob.device.key] }))
    await expect(verification.require(bob.user)).rejects.toMatchObject({ code: 'member-revoked' })
  })

  it('is not compared by a device that was not certified for 90 days, until that one tells a newer certificate of its own person', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob } = kitchen, later = Date.now() + AGED_MS
    const verification = await comparing(kitchen, () => later)
    const tell = async (entropy: Uint8Array<ArrayBuffer>): Promise<void> => {
      const renewed = await certify(entropy, bob.device.key, bob.device.encryptionKey, later)
      await bob.log.writeOperation({ type: 'enckey', encryptionKey: bob.device.encryptionKey, renewed })
      await copy(bob, alice)
    }
    await expect(verification.require(bob.user)).rejects.toMatchObject({ code: 'member-uncertified' })
    await tell(createRootEntropy())
    await expect(verification.require(bob.user)).rejects.toMatchObject({ code: 'member-uncertified' })
    await tell(bob.entropy)
    await verification.require(bob.user)
  })
})
