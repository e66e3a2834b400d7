/** Who is told what is stored and read: in rooms of every size by the module alone, and in small ones by whole sessions on a network whose wires are watched. */
import { signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviceKey, DevTag, RoomTag, UserKey } from '#shared/ids.ts'
import { ADDRESSED_PROTOCOL, decodeAddressed, type LogPosition } from '#shared/wire/addressed.ts'
import { decodeGossipFrame, EPHEMERAL_MAX_BYTES } from '#shared/wire/gossip.ts'
import { createEpoch } from '../../crypto/index.ts'
import { openPresence, sealPresence, splitPresence, type PresenceContent } from '../../protocols/presence/index.ts'
import { createEvents } from '../../state/events.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { createNetwork } from '../../testing/simulation/network.ts'
import { createPerson, type Person } from '../../testing/simulation/person.ts'
import { createRandom } from '../../testing/simulation/random.ts'
import { linkDevice } from '../../testing/simulation/script.ts'
import { beginUniverse, type Universe } from '../../testing/simulation/universe.ts'
import type { World } from '../../testing/simulation/world.ts'
import { parseInvite } from '#shared/invite.ts'
import { createAcknowledgements, type Acknowledgements } from './acknowledgements.ts'
import type { SentPresence } from './exchange.ts'
import type { Membership } from '../membership/resolve.ts'
import type { RoomLog, RoomLogEvents } from '../log/room-log.ts'

const hex = (nth: number, bytes: number): string => nth.toString(16).padStart(2 * bytes, '0')
const deviceOf = (nth: number): DeviceKey => hex(nth, 32) as DeviceKey
const userOf = (nth: number): UserKey => `user-${nth}` as UserKey
const logOf = (nth: number): DevTag => hex(nth, 16) as DevTag

/** So many people with a device each; the first is this one and has a second device. */
function membersOf (count: number): Membership {
  const devicesOf = (nth: number): DeviceKey[] => nth === 0 ? [deviceOf(0), deviceOf(9999)] : [deviceOf(nth)]
  const all = Array.from({ length: count }, (_, nth) => ({ user: userOf(nth), name: `P${nth}`, devices: new Map(devicesOf(nth).map((key) => [key, {}])) }))
  return {
    members: new Map(all.map((member) => [member.user, member])),
    authors: new Map(all.flatMap((member, nth) => [...member.devices.keys()].map((device) => [device === deviceOf(9999) ? logOf(9999) : logOf(nth), { user: member.user, device, name: member.name }]))),
    memberOf: (device: DeviceKey) => all.find(({ devices }) => devices.has(device)) ?? null
  } as unknown as Membership
}

describe('by the number of members', () => {
  let scope: Scope
  let sent: { devices: readonly DeviceKey[], content: SentPresence }[]
  let told: LogPosition[]
  let away: Set<DeviceKey>, blocked: Set<UserKey>
  let read: { devTag: DevTag, seq: number }[]

  beforeEach(() => {
    vi.useFakeTimers()
    scope = createScope((error) => { throw error })
    sent = []
    told = []
    read = []
    away = new Set()
    blocked = new Set()
  })
  afterEach(() => {
    scope.end()
    vi.useRealTimers()
  })

  function room (count: number): Acknowledgements & { receive: (nth: number, seq?: number) => void } {
    const events = createEvents<RoomLogEvents>()
    const vector = new Map<DevTag, { devTag: DevTag, have: { from: number, to: number }[] }>()
    const log = { devTag: logOf(0), membership: signal(membersOf(count)), vector: () => vector, events } as unknown as RoomLog
    const made = createAcknowledgements({
      log, scope,
      device: deviceOf(0),
      ownRead: () => read,
      isBlocked: (user) => blocked.has(user),
      isReachable: (device) => !away.has(device),
      sendTo: (devices, content) => sent.push({ devices, content }),
      tellHeld: (logs) => told.push(...logs)
    })
    return {
      ...made,
      receive (nth, seq = 1) {
        vector.set(logOf(nth), { devTag: logOf(nth), have: [{ from: 1, to: seq }] })
        events.emit('appended', { rows: [{ devTag: logOf(nth), seq }], envelopes: [] } as unknown as RoomLogEvents['appended'])
      }
    }
  }
  const pass = (ms: number): void => { vi.advanceTimersByTime(ms) }

  it('up to 64 each author is told alone, and nobody is told what another wrote', () => {
    const { receive } = room(64)
    receive(1)
    receive(2)
    receive(2, 2)
    pass(2000)
    expect(sent).toEqual([
      { devices: [deviceOf(1)], content: { type: 'receipt', held: [{ devTag: logOf(1), from: 1, to: 1 }] } },
      { devices: [deviceOf(2)], content: { type: 'receipt', held: [{ devTag: logOf(2), from: 1, to: 2 }] } }
    ])
    expect(told).toEqual([])
  })

  it('an author who is away is told when they are back', () => {
    const { receive, arrived } = room(20)
    away.add(deviceOf(1))
    receive(1)
    pass(10_000)
    expect(sent).toEqual([])
    away.clear()
    read = [{ devTag: logOf(1), seq: 1 }, { devTag: logOf(2), seq: 5 }]
    arrived(deviceOf(1))
    pass(10_000)
    expect(sent).toEqual([
      { devices: [deviceOf(1)], content: { type: 'receipt', held: [{ devTag: logOf(1), from: 1, to: 1 }] } },
      { devices: [deviceOf(1)], content: { type: 'read', read: [{ devTag: logOf(1), seq: 1 }] } }
    ])
  })

  it('what was read is told to its author, and all of it to the own other device', () => {
    const { tellRead } = room(16)
    tellRead([{ devTag: logOf(1), seq: 3 }, { devTag: logOf(2), seq: 4 }])
    expect(sent).toEqual([
      { devices: [deviceOf(9999)], content: { type: 'read', read: [{ devTag: logOf(1), seq: 3 }, { devTag: logOf(2), seq: 4 }] } },
      { devices: [deviceOf(1)], content: { type: 'read', read: [{ devTag: logOf(1), seq: 3 }] } },
      { devices: [deviceOf(2)], content: { type: 'read', read: [{ devTag: logOf(2), seq: 4 }] } }
    ])
  })

  it('in a crowd, what is stored and read within a moment is one frame to its author', () => {
    const { receive, tellRead } = room(64)
    receive(1)
    receive(2)
    tellRead([{ devTag: logOf(1), seq: 1 }])
    pass(2000)
    expect(sent).toEqual([
      { devices: [deviceOf(9999)], content: { type: 'read', read: [{ devTag: logOf(1), seq: 1 }] } },
      { devices: [deviceOf(1)], content: { type: 'receipt-and-read', held: [{ devTag: logOf(1), from: 1, to: 1 }], read: [{ devTag: logOf(1), seq: 1 }] } },
      { devices: [deviceOf(2)], content: { type: 'receipt', held: [{ devTag: logOf(2), from: 1, to: 1 }] } }
    ])
    tellRead([{ devTag: logOf(2), seq: 1 }])
    pass(2000)
    expect(sent.at(-1)).toEqual({ devices: [deviceOf(2)], content: { type: 'read', read: [{ devTag: logOf(2), seq: 1 }] } })
  })

  it.each([10, 40])('somebody who is blocked, in a room of %i, learns that their messages are delivered, and never that they were read', (count) => {
    const { receive, tellRead, arrived } = room(count)
    blocked.add(userOf(1))
    receive(1)
    pass(2000)
    read = [{ devTag: logOf(1), seq: 1 }]
    tellRead(read)
    arrived(deviceOf(1))
    pass(10_000)
    const toBlocked = sent.filter(({ devices }) => devices.includes(deviceOf(1)))
    expect(toBlocked.length).toBeGreaterThan(0)
    expect(new Set(toBlocked.map(({ content }) => content.type))).toEqual(new Set(['receipt']))
  })

  it('above 64 nobody is told unasked but the node, once for all that came', () => {
    const { receive, arrived, tellRead } = room(65)
    for (let seq = 1; seq <= 5; seq++) receive(1, seq)
    arrived(deviceOf(2))
    tellRead([{ devTag: logOf(1), seq: 5 }])
    pass(60_000)
    expect(sent).toEqual([{ devices: [deviceOf(9999)], content: { type: 'read', read: [{ devTag: logOf(1), seq: 5 }] } }])
    expect(told).toEqual([{ devTag: logOf(1), seq: 5 }])
  })

  it.each([[100, ['receipt', 'read']], [101, ['receipt']]])('with %i members an author who asks is told %j', (count, types) => {
    const { receive, asked } = room(count)
    receive(1)
    read = [{ devTag: logOf(1), seq: 1 }]
    asked(deviceOf(1))
    asked(deviceOf(1))
    pass(60_000)
    expect(sent.map(({ devices, content }) => [...devices, content.type])).toEqual(types.map((type) => [deviceOf(1), type]))
  })

  it('everybody but the own devices is asked, in large rooms only and once in ten seconds', () => {
    room(64).ask()
    expect(sent).toEqual([])
    const { ask } = room(65)
    ask()
    ask()
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({ content: { type: 'ask' } })
    expect(sent[0]?.devices).toHaveLength(64)
  })
})

describe('receipts and read marks of 500 writers', () => {
  const positions = Array.from({ length: 500 }, (_, nth) => ({ devTag: logOf(nth), seq: Number.MAX_SAFE_INTEGER }))
  const all: SentPresence[] = [
    { type: 'read', read: positions },
    { type: 'receipt', held: positions.map(({ devTag, seq }) => ({ devTag, from: seq - 1, to: seq })) },
    { type: 'receipt-and-read', held: positions.slice(0, 60).map(({ devTag, seq }) => ({ devTag, from: seq - 1, to: seq })), read: positions.slice(0, 60) }
  ]

  it.each(all)('fit into frames, and nothing of them is lost ($type)', async (content) => {
    const epoch = await createEpoch()
    const keys = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
    const device = Buffer.from(await crypto.subtle.exportKey('raw', keys.publicKey)).toString('hex') as DeviceKey
    const roomTag = hex(1, 16) as RoomTag
    const arrived: PresenceContent[] = []
    for (const part of splitPresence(content)) {
      const frame = decodeGossipFrame(await sealPresence({ roomTag, device, signingKey: keys.privateKey, epoch }, { content: part, sentAt: Date.now(), count: 2 ** 52 }))
      if (frame.type !== 'ephemeral') throw new Error('presence is ephemeral')
      expect(frame.sealed.length).toBeLessThanOrEqual(EPHEMERAL_MAX_BYTES)
      arrived.push((await openPresence(frame, { roomTag, epochOf: (id) => id === epoch.epochId ? epoch : null })).content)
    }
    const heldIn = (parts: readonly PresenceContent[]): unknown[] => parts.flatMap((part) => 'held' in part ? part.held : [])
    const readIn = (parts: readonly PresenceContent[]): unknown[] => parts.flatMap((part) => 'read' in part ? part.read : [])
    expect([heldIn(arrived), readIn(arrived)]).toEqual([heldIn([content]), readIn([content])])
    if (content.type === 'receipt-and-read') return
    // What was silent before: one frame of all of them is refused by its sender.
    await expect(sealPresence({ roomTag, device, signingKey: keys.privateKey, epoch }, { content, sentAt: 0, count: 0 })).rejects.toThrow(RangeError)
  })
})

describe('on the wire', () => {
  let universe: Universe
  const people: Person[] = []
  /** Unstored frames by the device they reached and the one that made them, however they came. */
  let reached: { to: string, from: string, how: 'gossip' | 'addressed' }[]
  let network: ReturnType<typeof createNetwork>
  beforeEach(() => { universe = beginUniverse(1) })
  afterEach(async () => {
    for (const person of people.splice(0)) person.crash()
    await universe.settle()
    universe.end()
  })

  /** Alice, Bob, Carol and Alice's second device, if she has one, in one room. */
  async function kitchen ({ hasTwin = false } = {}): Promise<{ tag: RoomTag, alice: Person, bob: Person, carol: Person, twin: Person | null }> {
    reached = []
    const made = createNetwork(createRandom(1))
    const names = new Map<DeviceKey, string>()
    const note = (to: DeviceKey, how: 'gossip' | 'addressed', bytes: Uint8Array): void => {
      const frame = decodeGossipFrame(bytes)
      if (frame.type === 'ephemeral') reached.push({ to: names.get(to) ?? '', from: names.get(frame.device) ?? '', how })
    }
    network = {
      ...made,
      createMesh (device) {
        const mesh = made.createMesh(device)
        return {
          ...mesh,
          enterRoom: (tag, policy) => mesh.enterRoom(tag, {
            ...policy,
            validate (bytes, from) {
              note(device, 'gossip', bytes)
              return policy.validate(bytes, from)
            }
          }),
          handle: (protocol, handler, options) => mesh.handle(protocol, protocol !== ADDRESSED_PROTOCOL ? handler : async (stream, from) => await handler({
            ...stream,
            async receive (limits) {
              const bytes = await stream.receive(limits)
              const message = bytes === null ? null : decodeAddressed(bytes)
              if (message?.type === 'frame') note(device, 'addressed', message.frame)
              return bytes
            }
          }, from), options)
        }
      }
    }
    const alice = await createPerson({ name: 'Alice', network, clockOffsetMs: 0 })
    const bob = await createPerson({ name: 'Bob', network, clockOffsetMs: 0 })
    const carol = await createPerson({ name: 'Carol', network, clockOffsetMs: 0 })
    const twin = hasTwin ? await createPerson({ name: 'Twin', network, clockOffsetMs: 0, sameAs: alice }) : null
    people.push(alice, bob, carol, ...twin === null ? [] : [twin])
    for (const person of people) {
      names.set(person.device, person.name)
      await person.start()
    }
    const tag = await alice.session!.rooms.create('Kitchen')
    const { link } = await alice.room(tag)!.entry.invite.value!()
    for (const person of [bob, carol]) {
      person.session!.joining.join(parseInvite(link))
      await universe.advance(5000)
    }
    if (twin !== null) linkDevice({ people, tag, failures: [] } as unknown as World, alice)
    await universe.advance(60_000)
    reached = []
    return { tag, alice, bob, carol, twin }
  }
  const say = async (person: Person, tag: RoomTag, text: string): Promise<void> => {
    const sending = person.room(tag)!.messages.send.value!(text)
    await universe.advance(100)
    await sending
  }
  const stateOf = async (person: Person, tag: RoomTag, text: string): Promise<{ deliveredTo: number, readBy: number, state: string } | undefined> => {
    person.watch(tag)
    await universe.advance(1000)
    const message = person.watch(tag)?.find((shown) => shown.text === text)
    return message === undefined ? undefined : { deliveredTo: message.deliveredTo, readBy: message.readBy, state: message.state }
  }

  it('a receipt and a read mark reach their author, and a third member gets nothing of them', async () => {
    const { tag, alice, bob } = await kitchen()
    await say(alice, tag, 'hello')
    await universe.advance(5000)
    await bob.room(tag)!.messages.markRead()
    expect(await stateOf(alice, tag, 'hello')).toEqual({ deliveredTo: 2, readBy: 1, state: 'read' })
    await universe.advance(20_000)
    expect(reached.length).toBeGreaterThanOrEqual(3)
    expect(new Set(reached.map(({ from, to, how }) => `${from} → ${to} ${how}`))).toEqual(new Set(['Bob → Alice addressed', 'Carol → Alice addressed']))
  })

  it('two devices of one author both learn, and what one of them has read is read on the other', async () => {
    const { tag, alice, bob, twin } = await kitchen({ hasTwin: true })
    expect(twin?.room(tag)?.summary.value.standing).toBe('member')
    await say(alice, tag, 'hello')
    await universe.advance(5000)
    await bob.room(tag)!.messages.markRead()
    for (const person of [alice, twin!]) expect(await stateOf(person, tag, 'hello')).toEqual({ deliveredTo: 2, readBy: 1, state: 'read' })
    await say(bob, tag, 'welcome')
    await universe.advance(5000)
    expect([alice, twin!].map((person) => person.room(tag)!.summary.value.unread)).toEqual([1, 1])
    await alice.room(tag)!.messages.markRead()
    await universe.advance(5000)
    expect([alice, twin!].map((person) => person.room(tag)!.summary.value.unread)).toEqual([0, 0])
    expect(reached.filter(({ to, from }) => to === 'Carol' && from !== 'Carol')).toEqual([])
  })

  it('an author who was away while others got and read the message learns of both when back', async () => {
    const { tag, alice, bob } = await kitchen()
    await say(alice, tag, 'for later')
    network.setOnline(alice.device, false)
    await universe.advance(5000)
    await bob.room(tag)!.messages.markRead()
    await universe.advance(30_000)
    network.setOnline(alice.device, true)
    await universe.advance(30_000)
    expect(await stateOf(alice, tag, 'for later')).toEqual({ deliveredTo: 2, readBy: 1, state: 'read' })
  })

  it('a reader who keeps that to themselves sends no read mark, to their own devices neither', async () => {
    const { tag, alice, bob } = await kitchen()
    await bob.room(tag)!.messages.setSendsReadMarks(false)
    await say(alice, tag, 'a secret reader')
    await universe.advance(5000)
    await bob.room(tag)!.messages.markRead()
    await universe.advance(30_000)
    expect(await stateOf(alice, tag, 'a secret reader')).toEqual({ deliveredTo: 2, readBy: 0, state: 'delivered' })
  })
})
