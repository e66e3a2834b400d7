/** Bob's device writes times that no date can hold; Alice's shows what there is to show. */
import { signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CLOCK_AHEAD_MAX_MS } from '#shared/limits.ts'
import { TIME_MAX_MS } from '#shared/time.ts'
import { createRoomKeys } from '#shared/wire/testing/room-keys.ts'
import type { Message } from '../../api.ts'
import { isFresh } from '../../identity/certificate.ts'
import { actAtOnce } from '../../testing/act-at-once.ts'
import { copy, openKitchen, writeWith, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { createInvitations, inviteKeys } from '../entry/invitations.ts'
import type { Shelf } from '../entry/at-node/shelf.ts'
import { muteEndOf } from '../people/members.ts'
import { createModeration } from '../people/moderation.ts'
import { createNaming } from '../people/naming.ts'
import { encodeEdit, encodeText } from './content.ts'
import { openTimeline } from './timeline.ts'

/** Beyond what `Date` holds, though an integer on the wire. */
const FAR = Number.MAX_SAFE_INTEGER

let kitchen: Kitchen
let alice: LogHolder, bob: LogHolder
beforeEach(async () => {
  kitchen = await openKitchen()
  ;({ alice, bob } = kitchen)
  await alice.log.writeOperation({ type: 'role', user: bob.user, role: 'admin', cuts: [] })
  await copy(alice, bob)
})
afterEach(async () => { await kitchen[Symbol.asyncDispose]() })

/** What Alice's window shows once it shows `count` messages. */
async function shown (count: number): Promise<readonly Message[]> {
  const { log, store, user } = alice
  const delivery = { of: () => ({ deliveredTo: 0, deliveredOf: 0, readBy: 0, keptAtNode: false, isHeld: false, countedByNode: null }), receiptsOf: () => [] }
  const timeline = openTimeline({
    log, store, delivery: signal(delivery), myUser: user, mayWrite: signal(true), mayDelete: signal(() => false), onTrouble: (error) => { throw error },
    naming: createNaming({ membership: log.membership, myUser: user, confirmed: signal(new Map()), contacts: signal(new Map()) })
  })
  try {
    await expect.poll(() => timeline.messages.value?.length).toBe(count)
    return timeline.messages.value ?? []
  } finally {
    timeline.dispose()
  }
}

const isShowable = (at: number | null): boolean => at !== null && at <= TIME_MAX_MS && new Date(at).toISOString().startsWith(`${new Date(at).getUTCFullYear()}-`)

describe('a time that no date can hold', () => {
  it('of a message or an edit is shown as about now', async () => {
    const said = await writeWith(bob, { sentAt: FAR }, encodeText('teh cake'))
    await writeWith(bob, { sentAt: FAR, lamport: 2 }, encodeEdit(said.id, 'the cake'))
    await copy(bob, alice)
    const [message] = await shown(1)
    expect(message).toMatchObject({ text: 'the cake' })
    for (const at of [message!.sentAt, message!.editedAt]) expect(at).toBeLessThanOrEqual(Date.now() + CLOCK_AHEAD_MAX_MS)
  })

  it('of a message does not keep what others say later from being shown', async () => {
    await writeWith(bob, { sentAt: FAR }, encodeText('from the end of time'))
    await copy(bob, alice)
    await alice.log.writeMessage(encodeText('from now'))
    expect((await shown(2)).map(({ text, sentAt }) => [text, isShowable(sentAt)])).toEqual([['from the end of time', true], ['from now', true]])
  })

  it('as the end of an invitation is listed as the last that can be shown, and the link works', async () => {
    const { id, publicKey } = await inviteKeys(crypto.getRandomValues(new Uint8Array(16)))
    await bob.log.writeOperation({ type: 'invite', inviteId: id, publicKey, role: 'member', expiresAt: FAR, maxUses: null, needsApproval: false })
    await copy(bob, alice)
    const { log, user } = alice
    const { invites } = await createInvitations({
      log, shelf: {} as Shelf, keys: await createRoomKeys(), myUser: user, nodeOrigin: '', now: Date.now, first: () => log.keyring.all()[0]!,
      names: () => ({ room: '', me: '' }), secrets: signal({}), passes: signal({}), keepSecret: () => Promise.resolve(), givePass: () => Promise.resolve(null)
    })
    expect(invites.value.find((invite) => invite.id === id)?.expiresAt).toBe(TIME_MAX_MS)
  })

  it('as the end of a mute is told as the last that can be shown, to the muted and to the others', async () => {
    const { carol } = kitchen
    await copy(bob, carol)
    await bob.log.writeOperation({ type: 'mute', user: carol.user, until: FAR, cuts: [] })
    for (const one of [alice, carol]) await copy(bob, one)
    expect(muteEndOf(alice.log.membership.value, carol.user)).toBe(TIME_MAX_MS)
    const options = { log: carol.log, myUser: carol.user, isMember: signal(true), act: actAtOnce(carol) }
    expect(createModeration(options).mutedUntil.value).toBe(TIME_MAX_MS)
    expect(muteEndOf(alice.log.membership.value, bob.user)).toBeNull()
  })

  it('on a certificate makes it no good', () => {
    expect(isFresh(FAR, Date.now())).toBe(false)
  })
})
