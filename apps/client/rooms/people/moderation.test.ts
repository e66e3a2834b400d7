import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey } from '#shared/ids.ts'
import { certifyDevice, loadDevice, type Device } from '../../identity/index.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { openDatabase } from '../../store/index.ts'
import { actAtOnce } from '../../testing/act-at-once.ts'
import { keepLists } from '../../testing/device-lists.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { encodeText } from '../messages/content.ts'
import { admitDevice, removeDevice } from '../entry/device-admission.ts'
import type { DeviceJudge } from '../entry/device-judge.ts'
import { inviteKeys, proveInvite } from '../entry/invitations.ts'
import { encodeShown } from '../membership/operation-codec.ts'
import { DEVICES_OF_A_PERSON_MAX } from '../membership/seats.ts'
import { createModeration } from './moderation.ts'
import { createStanding } from './standing.ts'
import { createSettings } from '../settings/room-settings.ts'
import type { MemberActions } from './facet.ts'
import { createNaming } from './naming.ts'
import { openTimeline } from '../messages/timeline.ts'

let kitchen: Kitchen, scope: Scope
let alice: LogHolder, bob: LogHolder, carol: LogHolder
let now: number

beforeEach(async () => {
  now = Date.now()
  kitchen = await openKitchen({ now: () => now })
  ;({ alice, bob, carol } = kitchen)
  scope = createScope((error) => { throw error })
})

afterEach(async () => {
  scope.end()
  await kitchen[Symbol.asyncDispose]()
})

const parts = ({ log, user }: LogHolder, isMember: ReadonlySignal<boolean>) => ({
  ...createModeration({ log, myUser: user, isMember, act: actAtOnce({ log, user }) }),
  ...createSettings({ log, myUser: user, isMember, act: actAtOnce({ log, user }) }),
  ...createStanding({ log, scope, myUser: user, isMember, now: () => now })
})
const of = (holder: LogHolder): ReturnType<typeof parts> => parts(holder, computed(() => holder.log.membership.value.memberOf(holder.device.key) !== null))
const say = async (holder: LogHolder, text: string): Promise<unknown> => await holder.log.writeMessage(encodeText(text))
const on = (by: LogHolder, target: LogHolder): MemberActions =>
  of(by).actions.value.get(target.user)!
const meet = async (): Promise<void> => {
  for (const from of [alice, bob, carol]) for (const to of [alice, bob, carol]) if (from !== to) await copy(from, to)
}

describe('who is kicked', () => {
  it('reads nothing that is said afterwards, and what they say then is shown to nobody', async () => {
    await say(bob, 'from Bob')
    await meet()
    await on(alice, bob).kick!()
    await say(alice, 'among us')
    await say(bob, 'still here?')
    await meet()
    expect(await bob.shown()).not.toContain('among us')
    expect(await carol.shown()).toEqual(['from Bob', 'among us'])
    expect(await alice.shown()).toEqual(['from Bob', 'among us'])
    expect([of(bob).standing.value, of(bob).mayWrite.value, of(bob).leave.value]).toEqual(['removed', false, null])
  })

  it('is told so when it was a ban', async () => {
    await on(alice, bob).ban!()
    await meet()
    expect(of(bob).standing.value).toBe('banned')
    expect([...alice.log.membership.value.bans]).toEqual([[bob.user, 'Bob']])
    await of(alice).unban.value!(bob.user)
    expect(alice.log.membership.value.bans.size).toBe(0)
  })

  it('cannot be kicked again by a button that was there a moment ago', async () => {
    const { kick } = on(alice, bob)
    await kick!()
    await expect(kick!()).rejects.toThrow(ParleyError)
  })
})

it('takes what somebody wrote while they were muted out of an open window, also where the mute is heard of once they have left', async () => {
  await meet()
  await on(alice, bob).mute!(now + 60_000)
  await say(bob, 'who mutes me?')
  await of(bob).leave.value!()
  await copy(bob, carol)
  const delivery = { of: () => ({ deliveredTo: 0, deliveredOf: 0, readBy: 0, keptAtNode: false, isHeld: false, countedByNode: null }), receiptsOf: () => [] }
  const timeline = openTimeline({
    log: carol.log, naming: createNaming({ membership: carol.log.membership, myUser: carol.user, confirmed: signal(new Map()), contacts: signal(new Map()) }), store: carol.store, delivery: signal(delivery), myUser: carol.user, mayWrite: signal(true), mayDelete: signal(() => false), onTrouble: (error) => { throw error }
  })
  const texts = (): string[] | undefined => timeline.messages.value?.map(({ text }) => text)
  await expect.poll(texts).toEqual(['who mutes me?'])
  await copy(alice, carol)
  await expect.poll(texts).toEqual([])
  expect(await carol.shown()).toEqual([])
  timeline.dispose()
})

describe('those who came in by the links of somebody', () => {
  const arriveBy = async (host: LogHolder, name: string): Promise<LogHolder> => {
    const guest = await kitchen.arrive(name)
    await guest.log.addEpochs(host.log.keyring.all())
    const secret = crypto.getRandomValues(new Uint8Array(16))
    const { id, publicKey } = await inviteKeys(secret)
    await host.log.writeOperation({ type: 'invite', inviteId: id, publicKey, role: 'member', expiresAt: Number.MAX_SAFE_INTEGER, maxUses: null, needsApproval: false })
    const member = await certifyDevice(guest.entropy, guest.device, guest.name)
    const challenge = crypto.getRandomValues(new Uint8Array(32))
    const { signature } = await proveInvite(secret, kitchen.tag, challenge, member)
    await host.log.writeOperation({ type: 'add', member, role: 'member', proof: { inviteId: id, challenge, signature } })
    return guest
  }
  const namesIn = ({ log }: LogHolder): string[] => [...log.membership.value.members.values()].map(({ name }) => name).sort()

  it('are told of before, those of their own links among them, and stay where nothing else is said', async () => {
    const dora = await arriveBy(bob, 'Dora')
    await copy(bob, dora)
    const emil = await arriveBy(dora, 'Emil')
    await copy(dora, alice)
    expect(on(alice, bob).broughtIn).toEqual([dora.user, emil.user])
    expect([on(alice, dora).broughtIn, on(alice, carol).broughtIn]).toEqual([[emil.user], []])
    await on(alice, bob).ban!()
    expect(namesIn(alice)).toEqual(['Alice', 'Carol', 'Dora', 'Emil'])
  })

  it('go with them where that is said: banned with who is banned, removed with who is removed', async () => {
    const dora = await arriveBy(bob, 'Dora')
    await copy(bob, alice)
    await on(alice, bob).ban!(on(alice, bob).broughtIn)
    expect(namesIn(alice)).toEqual(['Alice', 'Carol'])
    expect([...alice.log.membership.value.bans.keys()].sort()).toEqual([bob.user, dora.user].sort())
  })

  it('stay where the one who removes may not remove them', async () => {
    await on(alice, carol).setRole!('moderator')
    const dora = await arriveBy(bob, 'Dora')
    await meet()
    await on(alice, dora).setRole!('admin')
    await copy(alice, carol)
    expect(on(carol, bob).broughtIn).toEqual([])
    await on(carol, bob).kick!([dora.user])
    expect(namesIn(carol)).toEqual(['Alice', 'Carol', 'Dora'])
  })
})

describe('a device that its person has revoked', () => {
  it('is told that it is out while its person is in, and that they are once they are', async () => {
    const phone = await loadDevice(await openDatabase(`phone-${crypto.randomUUID()}`))
    await admitDevice(alice.log, encodeShown(await certifyDevice(bob.entropy, phone, 'Bob')), phone.key, (await keepLists()).judge)
    const there = parts({ ...alice, user: bob.user }, computed(() => alice.log.membership.value.memberOf(phone.key) !== null))
    expect(there.standing.value).toBe('member')
    await removeDevice(alice.log, phone.key)
    expect([there.standing.value, there.mayWrite.value]).toEqual(['revoked', false])
    await on(alice, bob).kick!()
    expect(there.standing.value).toBe('removed')
  })
})

describe('a device that a moderator has put out', () => {
  it('stays out when its person is given a role above that moderator', async () => {
    await on(alice, bob).setRole!('moderator')
    await meet()
    const phone = await loadDevice(await openDatabase(`phone-${crypto.randomUUID()}`))
    await admitDevice(bob.log, encodeShown(await certifyDevice(carol.entropy, phone, 'Carol')), phone.key, (await keepLists()).judge)
    await removeDevice(bob.log, phone.key)
    await meet()
    const described = ({ log }: typeof alice) => {
      const { members, departures } = log.membership.value, member = members.get(carol.user)
      return [member?.role, [...member?.devices.keys() ?? []], departures.length]
    }
    expect(described(alice)).toEqual(['member', [carol.device.key], 1])
    await on(alice, carol).setRole!('admin')
    await meet()
    // What the device does is judged among admins, before what a moderator has said.
    expect([described(alice), described(bob)]).toEqual([['admin', [carol.device.key], 2], ['admin', [carol.device.key], 2]])
  })
})

describe('a device that does not act, and that nobody has put out,', () => {
  const arrive = async (person: LogHolder): Promise<Device> => {
    const device = await loadDevice(await openDatabase(`laptop-${crypto.randomUUID()}`))
    await alice.log.writeOperation({ type: 'adddev', member: await certifyDevice(person.entropy, device, person.name) })
    return device
  }
  const devicesOf = (person: LogHolder): DeviceKey[] => [...alice.log.membership.value.members.get(person.user)?.devices.keys() ?? []]
  const judge = async (): Promise<DeviceJudge> => (await keepLists()).judge

  it('since its person left and came back without it, is not put out for good when they are given a role: it enters', async () => {
    const laptop = await arrive(carol)
    await meet()
    await of(carol).leave.value!()
    await copy(carol, alice)
    await kitchen.admit(alice, carol)
    expect(devicesOf(carol)).toEqual([carol.device.key])
    await on(alice, carol).setRole!('admin')
    expect(alice.log.membership.value.putOut.size).toBe(0)
    const shown = encodeShown(await certifyDevice(carol.entropy, laptop, 'Carol'))
    expect(await admitDevice(alice.log, shown, laptop.key, await judge())).toBeNull()
    expect(devicesOf(carol)).toContain(laptop.key)
  })

  it('since its person was removed, acts again by the role that takes that back', async () => {
    const laptop = await arrive(carol)
    await on(alice, carol).kick!()
    await kitchen.admit(alice, carol)
    expect(devicesOf(carol)).toEqual([carol.device.key])
    await on(alice, carol).setRole!('owner')
    expect(devicesOf(carol)).toEqual(expect.arrayContaining([carol.device.key, laptop.key]))
  })

  it('for want of a seat, acts as soon as one is free, whatever role its person was given meanwhile', async () => {
    const laptops: Device[] = []
    while (laptops.length < DEVICES_OF_A_PERSON_MAX) laptops.push(await arrive(carol))
    expect(devicesOf(carol)).not.toContain(laptops.at(-1)!.key)
    await on(alice, carol).setRole!('admin')
    expect(alice.log.membership.value.putOut.size).toBe(0)
    await removeDevice(alice.log, laptops[0]!.key)
    expect(devicesOf(carol)).toContain(laptops.at(-1)!.key)
  })
})

describe('whoever leaves', () => {
  it('half-way, before anybody was told, has left when they are; the next message is in a key they do not have', async () => {
    await say(bob, 'from Bob')
    await meet()
    await of(bob).leave.value!()
    await bob.reload()
    expect([of(bob).standing.value, of(bob).leave.value]).toEqual(['left', null])
    await say(alice, 'before it is known')
    await copy(bob, alice)
    await say(alice, 'afterwards')
    await meet()
    expect(await carol.shown()).toEqual(['from Bob', 'before it is known', 'afterwards'])
    expect(await bob.shown()).not.toContain('afterwards')
    expect(alice.log.membership.value.members.has(bob.user)).toBe(false)
  })

  it('as the owner hands the room to who was there first', async () => {
    await of(alice).leave.value!()
    await meet()
    expect(bob.log.membership.value.members.get(bob.user)?.role).toBe('owner')
    expect(on(bob, carol).kick).not.toBeNull()
    expect(on(carol, bob).kick).toBeNull()
  })
})

describe('a role', () => {
  it('brings the buttons that it allows, and nobody else has them', async () => {
    expect([on(bob, carol).kick, on(bob, carol).setRole, of(bob).rename.value, of(bob).unban.value]).toEqual([null, null, null, null])
    await on(alice, bob).setRole!('moderator')
    await meet()
    expect(on(bob, carol).kick).not.toBeNull()
    expect(on(bob, alice).kick).toBeNull()
    expect(on(bob, carol).setRole).toBeNull()
    expect(of(bob).mayDelete.value(carol.user)).toBe(true)
    expect(of(bob).mayDelete.value(alice.user)).toBe(false)
    await expect(of(bob).changePolicy.value!({ history: 'since-joining' })).rejects.toThrow(ParleyError)
    await of(bob).changePolicy.value!({ slowModeMs: 1000 })
    expect(of(bob).policy.value.slowModeMs).toBe(1000)
  })

  it('of an observer takes the pen away, and gives it back', async () => {
    await on(alice, bob).setRole!('observer')
    await copy(alice, bob)
    expect(of(bob).mayWrite.value).toBe(false)
    await on(alice, bob).setRole!('member')
    await copy(alice, bob)
    await say(bob, 'thanks')
    await meet()
    expect(await carol.shown()).toEqual(['thanks'])
  })
})

describe('a mute', () => {
  it('lasts until it is lifted, whatever time is written on what the muted person says', async () => {
    await on(alice, bob).mute!(now + 60_000)
    await copy(alice, bob)
    expect([of(bob).mayWrite.value, of(bob).mutedUntil.value]).toEqual([false, now + 60_000])
    await say(bob, 'I say it all the same')
    now += 3_600_000
    await say(bob, 'and date it an hour later')
    expect(of(bob).mayWrite.value).toBe(false)
    await meet()
    expect([await carol.shown(), await alice.shown()]).toEqual([[], []])
    await on(alice, bob).mute!(null)
    await meet()
    expect([of(bob).mayWrite.value, of(bob).mutedUntil.value]).toEqual([true, null])
    await say(bob, 'at last')
    await meet()
    expect(await carol.shown()).toEqual(['at last'])
  })
})

it('in slow mode a member waits, and a moderator does not', async () => {
  await of(alice).changePolicy.value!({ slowModeMs: 5000 })
  await meet()
  expect(of(bob).maySend.value).toBe(true)
  await say(bob, 'one')
  await say(alice, 'two')
  expect([of(bob).maySend.value, of(bob).nextSendAt.value, of(bob).mayWrite.value]).toEqual([false, now + 5000, true])
  expect(of(alice).maySend.value).toBe(true)
  now += 5000
  expect(of(bob).maySend.value).toBe(true)
})

it('a room is renamed, and names that deceive are refused', async () => {
  await of(alice).rename.value!({ name: '  The   Kitchen ', topic: 'Food' })
  expect(alice.log.membership.value).toMatchObject({ name: 'The Kitchen', topic: 'Food' })
  await of(alice).rename.value!({ topic: '' })
  expect(alice.log.membership.value).toMatchObject({ name: 'The Kitchen', topic: '' })
  for (const name of ['', '   ', 'k'.repeat(101), 'Kit\u202echen']) await expect(of(alice).rename.value!({ name })).rejects.toThrow(ParleyError)
})
