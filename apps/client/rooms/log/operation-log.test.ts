/** The same operations in several orders of arrival: everybody comes to the same membership. */
import { describe, expect, it } from 'vitest'
import { toHex } from '#shared/ids.ts'
import { encodeCbor } from '#shared/wire/cbor.ts'
import type { VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { certifyDevice, certifyKeys, createRootEntropy } from '../../identity/index.ts'
import { copy, entriesOf, openKitchen, writeWith, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { inviteKeys, proveInvite } from '../entry/invitations.ts'

/** What a member knows of the room, as plain values. */
function describeRoom ({ log }: LogHolder): unknown {
  const { members, authors, invites, heads } = log.membership.value
  return {
    members: [...members.values()].map(({ user, role, devices }) => ({ user, role, keys: [...devices.values()].map(({ device, encryptionKey }) => [device, toHex(encryptionKey)]) })),
    authors: [...authors].sort(), invites: [...invites.values()].map(({ id, role, uses, createdBy }) => ({ id, role, uses, createdBy })), heads
  }
}

/** Hands over one entry at a time. */
async function copyEach (from: LogHolder, to: LogHolder, arrange: (entries: VerifiedEnvelope[]) => VerifiedEnvelope[]): Promise<void> {
  for (const entry of arrange(await entriesOf(from))) await to.log.append([entry])
}

const ORDERS: ((entries: VerifiedEnvelope[]) => VerifiedEnvelope[])[] = [
  (entries) => entries,
  (entries) => entries.toReversed(),
  (entries) => entries.toSorted((a, b) => a.id < b.id ? -1 : 1),
  // Two neighbours the other way round.
  (entries) => entries.flatMap((entry, nth) => nth % 2 === 0 ? [entries[nth + 1] ?? [], entry].flat() : [])
]

async function expectAgreement (from: LogHolder, kitchen: Kitchen): Promise<void> {
  for (const [nth, arrange] of ORDERS.entries()) {
    for (const hand of [copy, copyEach]) {
      const reader = await kitchen.arrive(`Reader ${nth}`)
      await reader.log.addEpochs(from.log.keyring.all())
      await hand(from, reader, arrange)
      expect(describeRoom(reader)).toEqual(describeRoom(from))
    }
  }
}

describe('the membership is the same in every order of arrival', () => {
  it('where a device that two root keys vouch for has a new encryption key', async () => {
    await using kitchen = await openKitchen()
    const { alice, carol } = kitchen
    await carol.log.writeOperation({ type: 'adddev', member: await certifyDevice(createRootEntropy(), carol.device, 'Somebody else') })
    const key = new Uint8Array(32).fill(9)
    // A certificate by one of the root keys makes it another operation than `enckey`: nothing is checked against a key that may not be known yet.
    const certified = encodeCbor([10, new Uint8Array(32).fill(8), await certifyKeys(carol.entropy, carol.device.key, new Uint8Array(32).fill(8), null)])
    await writeWith(carol, { kind: 'operation', lamport: 100 }, certified)
    await carol.log.writeOperation({ type: 'enckey', encryptionKey: key })
    await copy(carol, alice)
    expect(alice.log.membership.value.members.get(carol.user)?.devices.get(carol.device.key)?.encryptionKey).toEqual(key)
    await expectAgreement(alice, kitchen)
  })

  it('where one invitation was announced twice, on other terms', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob, carol } = kitchen
    const secret = crypto.getRandomValues(new Uint8Array(16))
    const { id, publicKey } = await inviteKeys(secret)
    const invite = { type: 'invite' as const, inviteId: id, publicKey, expiresAt: Number.MAX_SAFE_INTEGER, maxUses: null, needsApproval: false }
    await alice.log.writeOperation({ ...invite, role: 'moderator' })
    await carol.log.writeOperation({ ...invite, role: 'observer', maxUses: 1 })
    const dave = await kitchen.arrive('Dave')
    const member = await certifyDevice(dave.entropy, dave.device, 'Dave')
    const challenge = new Uint8Array(32).fill(3)
    const { signature } = await proveInvite(secret, kitchen.tag, challenge, member)
    for (const [by, role] of [[alice, 'moderator'], [carol, 'observer']] as const) {
      await by.log.writeOperation({ type: 'add', member, role, proof: { inviteId: id, challenge, signature } })
    }
    await copy(carol, alice)
    await copy(alice, bob)
    expect(describeRoom(bob)).toEqual(describeRoom(alice))
    await expectAgreement(alice, kitchen)
  })

  it('where two members have brought in the same device', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob, carol } = kitchen
    const phone = await kitchen.arrive('Phone')
    for (const [by, entropy] of [[bob, bob.entropy], [carol, carol.entropy]] as const) {
      await by.log.writeOperation({ type: 'adddev', member: await certifyDevice(entropy, phone.device, by.name) })
    }
    for (const from of [bob, carol]) await copy(from, alice)
    expect(alice.log.membership.value.authors.get(phone.log.devTag)).toBeDefined()
    await expectAgreement(alice, kitchen)
  })
})
