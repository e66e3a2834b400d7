import { computed, signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ParleyError } from '#shared/errors.ts'
import type { HandOver } from '../../api.ts'
import { certifyDevice } from '../../identity/index.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { actAtOnce } from '../../testing/act-at-once.ts'
import { copy, openKitchen, writeWith, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { removeDevice } from '../entry/device-admission.ts'
import { encodeOperation } from '../membership/operation-codec.ts'
import type { KnownBody } from '../membership/operations.ts'
import { cutsOf } from './cuts.ts'
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
  isFresh: signal(true), act: actAtOnce({ log, user }),
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

  it('stays until the device that heard of the consent has caught up', async () => {
    await offerTo(alice, bob)!()
    await meet()
    await seenBy(bob)!.accept!()
    await meet()
    const isFresh = signal(false), jobs: Promise<unknown>[] = []
    keepHandingOver({ ...optionsOf(alice), scope: { ...scope, run: (job) => { jobs.push(job) } }, isFresh })
    expect(jobs).toHaveLength(0)
    isFresh.value = true
    expect(jobs).toHaveLength(1)
    await Promise.all(jobs)
    expect(firstOf(alice)).toBe('Bob')
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

describe('a device that was put out', () => {
  /** Bob's, in the room by his root key. */
  let phone: LogHolder
  const memberAt = ({ log }: LogHolder, { user }: LogHolder): string | undefined => log.membership.value.members.get(user)?.role

  beforeEach(async () => {
    await createModeration(optionsOf(alice)).actions.value.get(carol.user)!.setRole!('moderator')
    phone = await kitchen.arrive('Bob\'s phone')
    await alice.log.writeOperation({ type: 'adddev', member: await certifyDevice(bob.entropy, phone.device, 'Bob') })
    await phone.log.addEpochs(alice.log.keyring.all())
    for (const one of [bob, carol, phone]) await copy(alice, one)
  })

  /** What whoever holds the phone signs with everything in its past. They have an accomplice in the room, who hands them its keys. */
  const sign = async (body: KnownBody): Promise<void> => {
    await phone.log.addEpochs(carol.log.keyring.all())
    await copy(carol, phone)
    await writeWith(phone, { kind: 'operation', epochId: carol.log.keyring.forSending(carol.log.membership.value)!.epochId }, encodeOperation(body))
    await copy(phone, carol)
    await meet()
  }
  const handOver = async (): Promise<void> => {
    await offerTo(alice, bob)!()
    await meet()
    await seenBy(bob)!.accept!()
    await meet()
    keepHandingOver({ ...optionsOf(alice), scope })
    await expect.poll(() => firstOf(alice)).toBe('Bob')
    await meet()
  }

  it('by a moderator does not act as the creator once its person has the room', async () => {
    await removeDevice(carol.log, phone.device.key)
    await meet()
    await handOver()
    await sign({ type: 'role', user: alice.user, role: 'observer', cuts: cutsOf(carol.log, alice.user) })
    for (const one of [alice, bob, carol]) expect([memberAt(one, alice), firstOf(one)]).toEqual(['owner', 'Bob'])
  })

  it('and comes back by nothing that it signs about itself, and by no other device of theirs', async () => {
    await removeDevice(carol.log, phone.device.key)
    await meet()
    await handOver()
    await sign({ type: 'adddev', member: await certifyDevice(bob.entropy, phone.device, 'Bob') })
    await bob.log.writeOperation({ type: 'adddev', member: await certifyDevice(bob.entropy, phone.device, 'Bob') })
    await meet()
    for (const { log } of [alice, bob, carol]) expect([...log.membership.value.members.get(bob.user)!.devices.keys()]).toEqual([bob.device.key])
  })

  it('consents for its person to nothing: the room stays where it is', async () => {
    await offerTo(alice, bob)!()
    await meet()
    await removeDevice(carol.log, phone.device.key)
    await meet()
    const { offer } = alice.log.membership.value.handOver!
    await sign({ type: 'reply-offer', creator: alice.user, offer, accepts: true })
    keepHandingOver({ ...optionsOf(alice), scope })
    expect(alice.log.membership.value.handOver).toMatchObject({ to: bob.user, consent: null })
    expect([firstOf(alice), seenBy(bob)]).toMatchObject(['Alice', { isAccepted: false }])
    // Bob's own word is not taken from him.
    await seenBy(bob)!.accept!()
    await meet()
    await expect.poll(() => firstOf(alice)).toBe('Bob')
  })

  it('is not every device: one that nobody has put out acts as the creator with its person', async () => {
    await handOver()
    await sign({ type: 'role', user: alice.user, role: 'member', cuts: cutsOf(carol.log, alice.user) })
    for (const one of [alice, bob, carol]) expect([memberAt(one, alice), firstOf(one)]).toEqual(['member', 'Bob'])
    expect(alice.log.membership.value.departures).toEqual([])
  })
})
