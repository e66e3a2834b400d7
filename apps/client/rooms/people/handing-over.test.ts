import { computed, signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ParleyError } from '#shared/errors.ts'
import type { HandOver } from '../../api.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { createHandingOver, keepHandingOver } from './handing-over.ts'
import { createModeration } from './moderation.ts'
import { createSettings } from '../settings/room-settings.ts'
import { createNaming } from './naming.ts'

let kitchen: Kitchen, scope: Scope
let alice: LogHolder, bob: LogHolder, carol: LogHolder

beforeEach(async () => {
  kitchen = await openKitchen()
  ;({ alice, bob, carol } = kitchen)
  scope = createScope((error) => { throw error })
})

afterEach(async () => {
  scope.end()
  await kitchen[Symbol.asyncDispose]()
})

const optionsOf = ({ log, user, device }: LogHolder) => ({
  log, myUser: user, isMember: computed(() => log.membership.value.memberOf(device.key) !== null),
  naming: createNaming({ membership: log.membership, myUser: user, confirmed: signal(new Map()), contacts: signal(new Map()) })
})
const seenBy = (holder: LogHolder): HandOver | null => createHandingOver(optionsOf(holder)).handOver.value
const offerTo = (by: LogHolder, target: LogHolder): (() => Promise<void>) | null =>
  createModeration(optionsOf(by)).actions.value.get(target.user)?.offerRoom ?? null
const firstOf = ({ log }: LogHolder): string | undefined => log.membership.value.members.get(log.membership.value.order[0]!)?.name
const meet = async (): Promise<void> => {
  for (const from of [alice, bob, carol]) for (const to of [alice, bob, carol]) if (from !== to) await copy(from, to)
}

describe('a room', () => {
  it('goes to who accepts it, as soon as a device of the creator hears of that, though the two are never there together', async () => {
    await offerTo(alice, bob)!()
    await copy(alice, carol)
    await copy(carol, bob)
    expect(seenBy(carol)).toBeNull()
    expect(seenBy(bob)).toMatchObject({ isMine: false, isAccepted: false, name: { text: 'Alice' } })
    await seenBy(bob)!.accept!()
    expect(seenBy(bob)).toMatchObject({ isAccepted: true, accept: null })
    expect(firstOf(bob)).toBe('Alice')

    await copy(bob, carol)
    await copy(carol, alice)
    keepHandingOver({ ...optionsOf(alice), scope })
    await expect.poll(() => firstOf(alice)).toBe('Bob')
    await meet()
    expect([alice, bob, carol].map(firstOf)).toEqual(['Bob', 'Bob', 'Bob'])
    expect([seenBy(alice), seenBy(bob)]).toEqual([null, null])
    expect([offerTo(alice, bob), offerTo(bob, alice) === null]).toEqual([null, false])
  })

  it('stays where it is when the offer is declined, or taken back while the question is on the screen', async () => {
    await offerTo(alice, bob)!()
    await meet()
    await seenBy(bob)!.decline()
    await meet()
    expect([seenBy(alice), seenBy(bob)]).toEqual([null, null])

    await offerTo(alice, bob)!()
    await meet()
    const question = seenBy(bob)!
    await seenBy(alice)!.decline()
    await meet()
    await expect(question.accept!()).rejects.toThrow(new ParleyError('offer-over').message)
    await expect(question.decline()).rejects.toThrow(ParleyError)
    expect(firstOf(bob)).toBe('Alice')
  })

  it('is offered by the creator alone, to members alone', async () => {
    expect(offerTo(bob, carol)).toBeNull()
    const offer = offerTo(alice, bob)!
    await createSettings(optionsOf(bob)).leave.value!()
    await meet()
    await expect(offer()).rejects.toThrow(ParleyError)
  })
})
