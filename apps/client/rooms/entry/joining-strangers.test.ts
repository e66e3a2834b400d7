/** Dave comes by Alice's link and asks whom the node names: Mallory, who knows the room's tag; the node itself; and members. */
import { signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { commitToAccess, joinStatement, proveForLink, type LinkProof } from '#shared/wire/link-proof.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import { deriveAccessKey } from '#shared/wire/sync/index.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { createRoomKeys } from '#shared/wire/testing/room-keys.ts'
import { createEpoch } from '../../crypto/index.ts'
import { certifyDevice } from '../../identity/index.ts'
import type { Mesh } from '../../mesh/types.ts'
import type { InvitationsApi } from '../../node-api/index.ts'
import { answerJoiner } from '../../protocols/join/index.ts'
import { decodeJoinMessage, encodeJoinMessage, type JoinMessage } from '../../protocols/join/messages.ts'
import type { JoinRecord } from '../../store/index.ts'
import { keepLists } from '../../testing/device-lists.ts'
import { openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { createAdmitting } from './admitting.ts'
import { createJudge } from './judge.ts'
import { inviteKeys } from './invitations.ts'
import { createJoinAtNode } from './at-node/join-at-node.ts'
import { createJoining, type Joining } from './joining.ts'
import { sealAnswer } from './at-node/sealed-request.ts'
import { sealWelcome } from './at-node/sealed-welcome.ts'

const PARENT = 'cc'.repeat(16) as RoomTag
const [MALLORY, NODE] = ['aa'.repeat(32) as DeviceKey, 'bb'.repeat(32) as DeviceKey]
const never = new AbortController().signal
const { judge: judgeDevice } = await keepLists()

let kitchen: Kitchen, dave: LogHolder
let keys: RoomKeys, secret: Uint8Array<ArrayBuffer>, access: Uint8Array<ArrayBuffer>
/** What each device that is asked does with the stream. */
let handlers: Map<DeviceKey, (stream: FrameStream) => Promise<void>>
let joining: Joining
let dropped: string[]
/** Everything that Dave has sent to devices that are not of the room. */
let told: JoinMessage[]
/** What was begun before this start. */
let begun: JoinRecord[]
let shelf: Partial<InvitationsApi> | null
let troubles: string[]
const waiting = signal<ReadonlySet<RoomTag>>(new Set())

beforeEach(async () => {
  kitchen = await openKitchen()
  const { log } = kitchen.alice
  dave = await kitchen.arrive('Dave')
  const { privateKey, rawPublicKey } = await deriveAccessKey(log.keyring.all()[0]!.parts.logSecret)
  keys = { privateKey, publicKey: rawPublicKey }
  access = await commitToAccess(rawPublicKey)
  secret = crypto.getRandomValues(new Uint8Array(16))
  const { id, publicKey } = await inviteKeys(secret)
  await log.writeOperation({ type: 'invite', inviteId: id, publicKey, role: 'member', expiresAt: Date.now() + 60_000, maxUses: null, needsApproval: false })
  handlers = new Map();
  [dropped, told, begun, troubles, shelf] = [[], [], [], [], null]
  waiting.value = new Set()
  let isListed = false
  joining = createJoining({
    mesh: {
      node: signal('online'), links: signal(new Map()),
      lookUp: () => Promise.resolve([...handlers.keys()]),
      open: (device: DeviceKey) => {
        const pair = createFramePair()
        handlers.get(device)?.(pair.b).catch((error: unknown) => pair.b.abort(error as Error))
        return Promise.resolve(pair.a)
      },
      drop: (reason: string) => { dropped.push(reason) }
    } as unknown as Mesh,
    rooms: {
      get: (tag) => tag === PARENT ? { log: kitchen.bob.log } : isListed || waiting.peek().has(tag) ? { log: dave.log } : null,
      logOf: () => Promise.resolve(dave.log),
      add: () => { isListed = true; return Promise.resolve() }
    },
    device: dave.device, myUser: dave.user,
    waiting,
    store: { loadJoins: () => Promise.resolve(begun), saveJoins: () => Promise.resolve() },
    memberRecord: async () => await certifyDevice(dave.entropy, dave.device, 'Dave'),
    now: Date.now, measureClock: () => Promise.resolve(0), api: () => shelf as InvitationsApi | null,
    onRefused: ({ code }) => { troubles.push(code) }, onTrouble: () => {}
  })
})
afterEach(async () => {
  joining.stop()
  await kitchen[Symbol.asyncDispose]()
})

const join = () => joining.join({ roomTag: kitchen.tag, secret, access, roomName: 'Kitchen', inviterName: 'Alice' }).state

/** Alice's device, as the client answers joiners; `says` what it finds about this one. */
function member ({ log, device, user }: LogHolder, says?: ErrorCode): void {
  const judge = createJudge({ log, myUser: user, now: Date.now, judgeDevice, mayEnter: () => Promise.resolve(true), hasDeclined: () => false })
  const admitting = createAdmitting({ log, keys, device: device.key, myUser: user, judge, onPending: () => {} })
  handlers.set(device.key, async (stream) => await answerJoiner(stream, dave.device.key, {
    signal: never,
    admissionOf (_tag, id, joiner) {
      const admission = admitting.admissionOf(id, joiner)
      return admission === null || says === undefined ? admission : { ...admission, check: () => says }
    }
  }))
}

/** Somebody who is not of the room: shows what `prove` makes of Dave's challenge, says `banned`, and goes on as a member would. */
function stranger (device: DeviceKey, prove: (challenge: Uint8Array<ArrayBuffer>) => Promise<LinkProof | null>, reply: JoinMessage = { type: 'refused', code: 'banned' }): void {
  handlers.set(device, async (stream) => {
    for (let frame = await stream.receive(); frame !== null; frame = await stream.receive()) {
      const message = decodeJoinMessage(frame)
      told.push(message)
      if (message.type !== 'ask') continue
      const proof = await prove(message.challenge)
      if (proof !== null) await stream.send(encodeJoinMessage({ type: 'access', ...proof }))
      await stream.send(encodeJoinMessage(reply))
    }
  })
}

async function expectJoined (state: ReturnType<typeof join>, strangers = 1): Promise<void> {
  await vi.waitFor(() => expect(state.value.status).toBe('joined'), 10_000)
  expect(kitchen.alice.log.membership.value.members.has(dave.user)).toBe(true)
  expect(dropped).toEqual(Array.from({ length: strangers }, () => 'join-unproven'))
  // Of Dave they have learnt that a device asks with this link.
  expect(told.map(({ type }) => type)).toEqual(Array.from({ length: strangers }, () => 'ask'))
}

const challengeOf = (): JoinMessage => ({ type: 'challenge', challenge: new Uint8Array(32) })

describe('a stranger who is asked first', () => {
  it('and says banned keeps nobody out and learns nothing: the joiner asks the next', async () => {
    stranger(MALLORY, () => Promise.resolve(null))
    member(kitchen.alice)
    await expectJoined(join())
  })

  it('and asks for the proof of the link at once is told neither that nor who joins', async () => {
    stranger(MALLORY, () => Promise.resolve(null), challengeOf())
    member(kitchen.alice)
    await expectJoined(join())
  })

  it('proves nothing by a key of their own', async () => {
    const own = await createRoomKeys()
    const place = { roomTag: kitchen.tag, inviteId: (await inviteKeys(secret)).id }
    stranger(MALLORY, async (challenge) => await proveForLink(own, place, 'join', joinStatement(challenge, MALLORY, dave.device.key)), challengeOf())
    member(kitchen.alice)
    await expectJoined(join())
  })

  it('may be the node, which knows the public half of the key and cannot sign by it', async () => {
    const own = await createRoomKeys()
    const place = { roomTag: kitchen.tag, inviteId: (await inviteKeys(secret)).id }
    stranger(NODE, async (challenge) => ({
      accessKey: keys.publicKey,
      signature: (await proveForLink(own, place, 'join', joinStatement(challenge, NODE, dave.device.key))).signature
    }), challengeOf())
    stranger(MALLORY, () => Promise.resolve(null))
    member(kitchen.alice)
    await expectJoined(join(), 2)
  })

  it('proves nothing by what Alice has proven on another connection, recorded or asked for just now', async () => {
    const place = { roomTag: kitchen.tag, inviteId: (await inviteKeys(secret)).id }
    const proofOfAlice = async (challenge: Uint8Array, joiner: DeviceKey) =>
      await proveForLink(keys, place, 'join', joinStatement(challenge, kitchen.alice.device.key, joiner))
    const recorded = await proofOfAlice(crypto.getRandomValues(new Uint8Array(32)), dave.device.key)
    stranger(MALLORY, () => Promise.resolve(recorded), challengeOf())
    stranger(NODE, async (challenge) => await proofOfAlice(challenge, NODE), challengeOf())
    member(kitchen.alice)
    await expectJoined(join(), 2)
  })

  it('is waited beside when no member is there, whatever they say', async () => {
    stranger(MALLORY, () => Promise.resolve(null))
    const state = join()
    await vi.waitFor(() => expect(state.value).toEqual({ status: 'waiting-for-members' }), 10_000)
  })
})

describe('a member who refuses', () => {
  it('is believed when no other member says otherwise', async () => {
    member(kitchen.alice, 'banned')
    stranger(MALLORY, () => Promise.resolve(null), { type: 'pending' })
    const state = join()
    await vi.waitFor(() => expect(state.value).toMatchObject({ status: 'failed', error: { code: 'banned' } }), 10_000)
  })

  it('ends nothing where another lets in', async () => {
    member(kitchen.bob, 'banned')
    member(kitchen.alice)
    await expectJoined(join(), 0)
  })

  it('because the link is not known there ends nothing while another member could not be asked', async () => {
    member(kitchen.bob)
    handlers.set(kitchen.carol.device.key, () => Promise.reject(new Error('gone')))
    const state = join()
    await vi.waitFor(() => expect(state.value).toEqual({ status: 'waiting-for-members' }), 10_000)
    handlers.delete(kitchen.carol.device.key)
    await vi.waitFor(() => expect(state.value).toMatchObject({ status: 'failed', error: { code: 'invite-refused' } }), 10_000)
  })

  it('cannot say that something is wrong with this device', async () => {
    member(kitchen.bob, 'storage-full')
    member(kitchen.alice)
    const state = join()
    await vi.waitFor(() => expect(state.value.status).toBe('joined'), 10_000)
  })
})

it('an open party room, which no link leads to, is joined by members of the room that announces it and by nobody else', async () => {
  stranger(MALLORY, async (challenge) => {
    const place = { roomTag: kitchen.tag, inviteId: (await inviteKeys(secret)).id }
    return await proveForLink(await createRoomKeys(), place, 'join', joinStatement(challenge, MALLORY, dave.device.key))
  }, challengeOf())
  member(kitchen.alice)
  await expectJoined(joining.join({ roomTag: kitchen.tag, secret, parent: PARENT, roomName: 'Balcony', inviterName: '' }).state)
})

describe('what lies at the node', () => {
  const record = (change: Partial<JoinRecord> = {}): JoinRecord => ({
    roomTag: kitchen.tag, secret, access, roomName: 'Kitchen', inviterName: 'Alice', answerKey: new Uint8Array(32).fill(3), requestId: null, expiresAt: null, ...change
  })
  const place = async () => ({ roomTag: kitchen.tag, inviteId: (await inviteKeys(secret)).id })
  const atNode = async () => await createJoinAtNode({ join: record(), device: dave.device, memberRecord: () => Promise.reject(new Error('not told')), api: () => shelf as InvitationsApi })

  it('is no welcome if it names another first epoch than the link commits to, even from a former member', async () => {
    const [own, { parts }] = [kitchen.alice.log.keyring.all()[0]!, await createEpoch()]
    let sealed = new Uint8Array()
    shelf = { welcome: () => Promise.resolve(sealed) }
    const node = await atNode()
    for (const [secrets, type] of [[own.parts, 'keys'], [parts, undefined]] as const) {
      sealed = await sealWelcome(secret, await place(), { type: 'keys', expiresAt: 5, firstEpochId: secrets.epochId, secrets: [secrets] }, keys)
      expect((await node.welcome())?.type).toBe(type)
    }
  })

  it('is no answer from who has read the request and holds no key of the room: the request is left again', async () => {
    const asked = { place: await place(), joiner: dave.device.key, answerKey: record().answerKey }
    const banned = { type: 'refused', code: 'banned' } as const
    let sealed = await sealAnswer(asked, banned, await createRoomKeys())
    shelf = { answer: () => Promise.resolve(sealed) }
    const node = await atNode()
    expect(await node.answer('request')).toBe('gone')
    sealed = await sealAnswer(asked, banned, keys)
    expect(await node.answer('request')).toEqual(banned)
  })

  it.each([['banned', 'joined'], ['request-declined', 'failed']] as const)('and says %s to a device that reads the room is compared with its log', async (code, status) => {
    await dave.log.append(kitchen.alice.log.operations.all())
    const asked = { place: await place(), joiner: dave.device.key, answerKey: record().answerKey }
    const sealed = await sealAnswer(asked, { type: 'refused', code }, keys)
    let looks = 0
    shelf = { answer: () => { looks++; return Promise.resolve(sealed) } }
    begun = [record({ requestId: 'request' })]
    waiting.value = new Set([kitchen.tag])
    await joining.resume()
    const { state } = joining.join(record())
    await vi.waitFor(() => expect([looks > 0, state.value.status]).toEqual([true, status]), 10_000)
  })
})

it('an attempt that an older version has begun ends with a clear sentence', async () => {
  begun = [{ roomTag: kitchen.tag, secret, roomName: 'Kitchen', inviterName: 'Alice', answerKey: new Uint8Array(32), requestId: null, expiresAt: null }]
  await joining.resume()
  expect(troubles).toEqual(['invite-outdated'])
})
