/** Alice has the room; Bob is a moderator, Carol a member who announces a link again and again. */
import { signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InviteId } from '#shared/ids.ts'
import { createRoomKeys } from '#shared/wire/testing/room-keys.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { createInvitations, inviteKeys, type Invitations } from './invitations.ts'
import type { Shelf } from './at-node/shelf.ts'

let kitchen: Kitchen
beforeEach(async () => {
  kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  await alice.log.writeOperation({ type: 'role', user: bob.user, role: 'moderator', cuts: [] })
  for (const one of [bob, carol]) await copy(alice, one)
})
afterEach(async () => { await kitchen[Symbol.asyncDispose]() })

/** What was asked of the shelf at the node, which is away. */
const withdrawn: InviteId[] = []
const shelf: Shelf = {
  leaveWelcome: () => Promise.resolve(), withdrawWelcome: (id) => { withdrawn.push(id); return Promise.resolve() },
  answer: () => Promise.resolve(), discard: () => Promise.resolve(), visit () {}, start () {}
}
const of = async ({ log, user, name }: LogHolder): Promise<Invitations> => await createInvitations({
  log, shelf, keys: await createRoomKeys(), myUser: user, nodeOrigin: 'http://node.example', now: Date.now, first: () => log.keyring.all()[0]!,
  names: () => ({ room: 'Kitchen', me: name }), secrets: signal({}), passes: signal({}), keepSecret: () => Promise.resolve(), givePass: () => Promise.resolve(null)
})
const announce = async ({ log }: LogHolder, secret: Uint8Array<ArrayBuffer>, role: 'member' | 'observer' = 'member'): Promise<void> => {
  const { id, publicKey } = await inviteKeys(secret)
  const terms = { role, expiresAt: Date.now() + 86_400_000, maxUses: null, needsApproval: false } as const
  await log.writeOperation({ type: 'invite', inviteId: id, publicKey, ...terms })
}
const written = ({ log }: LogHolder): number => log.operations.all().length
const openOf = ({ log }: LogHolder, id: InviteId): number => log.membership.value.announcements.get(id)!.filter(({ isRevoked }) => !isRevoked).length
/** Operations of one revoking: those of the announcements, and the new key. */
const revokedBy = async (holder: LogHolder, id: InviteId): Promise<number> => {
  const before = written(holder)
  await (await of(holder)).revokeInvite(id)
  return written(holder) - before
}

describe('revoking a link', () => {
  it('that a member has announced thirty times ends, and costs no more than that of any other', async () => {
    const { alice, carol } = kitchen
    const { id, secret } = await (await of(alice)).create({})
    await copy(alice, carol)
    for (let nth = 0; nth < 30; nth++) await announce(carol, secret)
    await copy(carol, alice)
    expect(openOf(alice, id)).toBe(31)
    expect(await revokedBy(alice, id)).toBe(2)
    expect(openOf(alice, id)).toBe(0)
    expect(withdrawn).toContain(id)
    // Announcing it once more opens nothing.
    await copy(alice, carol)
    await announce(carol, secret)
    await copy(carol, alice)
    expect(openOf(alice, id)).toBe(0)
  })

  it('that somebody above has made tries each announcement once, though it has no effect', async () => {
    const { alice, bob, carol } = kitchen
    const { id, secret } = await (await of(alice)).create({})
    await announce(alice, secret)
    for (const one of [bob, carol]) await copy(alice, one)
    // On what Alice has announced a member has no say.
    expect(await revokedBy(carol, id)).toBeLessThanOrEqual(3)
    expect(openOf(carol, id)).toBe(2)
    expect(await revokedBy(bob, id)).toBeLessThanOrEqual(3)
    expect(openOf(bob, id)).toBe(0)
  })

  it('that somebody above has announced again and again ends after eight', async () => {
    const { alice, bob } = kitchen
    const { id, secret } = await (await of(bob)).create({})
    await copy(bob, alice)
    for (let nth = 0; nth < 20; nth++) await announce(alice, secret)
    await copy(alice, bob)
    expect(await revokedBy(bob, id)).toBeLessThanOrEqual(9)
  })
})
