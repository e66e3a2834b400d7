/**
 * What the membership of a room costs: resolving its operations, on one line and in as many branches as hostile members can make; making a new
 * epoch and opening it; sealing and signing messages, verifying and opening them. In Node, without network and disk.
 */
import type { DeviceKey, EnvelopeId, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import { assembleEnvelope, computeDevTag, decodeEnvelope, encodeEnvelope, encodeHeader, signedBytes, verifyEnvelope, type EnvelopeHeader } from '#shared/wire/envelope.ts'
import { createEncryptionKey, createEpoch, openBody, sealBody } from '../client/crypto/index.ts'
import { createKeyring } from '../client/rooms/log/epochs/keyring.ts'
import { decide } from '../client/rooms/membership/law/decide.ts'
import type { Act, LawOperation } from '../client/rooms/membership/law/operation.ts'
import { agreementOf } from '../client/rooms/membership/agreement.ts'
import { DEFAULT_POLICY, type Operation } from '../client/rooms/membership/operations.ts'
import { resolveMembership } from '../client/rooms/membership/resolve.ts'
import { alice, bob, createStory, devTagOf, personOf, TODAY, type Person } from '../client/testing/membership-story.ts'
import { resultOf, type Bench, type Result } from './lib/report.ts'

const OPERATIONS = 10_000
const HOSTILE_OPERATIONS = 5000
const RUNS = 7
const REKEY_RUNS = 9
const MESSAGES = 2000

export const resolverBench: Bench = {
  name: 'resolver',
  summary: `membership from ${OPERATIONS} operations, new epochs for 10 to 500 devices, messages sealed and opened`,
  async run () {
    return [
      resultOf('resolver-10k', timed(lineOf(OPERATIONS), 40), { goal: 1000 }),
      resultOf('resolver-10k-branches', timed(branchesOf(OPERATIONS), 40), { goal: 2000 }),
      resultOf('agreement-10k', hashed(lineOf(OPERATIONS)), { goal: 100 }),
      ...hostile(),
      ...(await rekey(10)), ...(await rekey(100)), ...(await rekey(500)),
      ...(await messages())
    ]
  }
}

function timed (operations: readonly Operation[], membersAtLeast: number): number[] {
  return Array.from({ length: RUNS }, () => {
    const startedAt = performance.now()
    const { members } = resolveMembership(operations, devTagOf)
    const ms = performance.now() - startedAt
    if (members.size < membersAtLeast) throw new Error(`only ${members.size} members: that was another room`)
    return ms
  })
}

/** What a device computes once the operations have come to rest, to compare it with others. */
function hashed (operations: readonly Operation[]): number[] {
  const membership = resolveMembership(operations, devTagOf)
  const ids = operations.map(({ id }) => id)
  return Array.from({ length: RUNS }, () => {
    const startedAt = performance.now()
    agreementOf(membership, ids)
    return performance.now() - startedAt
  })
}

/** Writes operations without asking the resolver what is newest, which would take the time that is to be measured. */
function writer (first: readonly Operation[]): { operations: Operation[], write: (author: Person, body: Operation['body'], after: readonly Operation[]) => Operation } {
  const operations = [...first]
  return {
    operations,
    write (author, body, after) {
      const lamport = 1 + Math.max(...after.map((operation) => operation.lamport))
      const id = operations.length.toString(16).padStart(64, '0') as EnvelopeId
      const operation: Operation = { id, device: author.device, devTag: author.devTag, seq: operations.length + 1, lamport, sentAt: TODAY, heads: after.map((each) => each.id).sort(), body }
      operations.push(operation)
      return operation
    }
  }
}

const guests = Array.from({ length: 50 }, (_, i) => personOf(`Guest ${i}`))

/** A room of fifty that a year has passed in: people come and go, change their names, are muted; each knows all before. */
function lineOf (length: number): Operation[] {
  const story = createStory()
  story.create(alice, 'Kitchen')
  const link = story.invite(alice, { expiresAt: TODAY + 1 })
  for (const guest of guests) story.add(alice, guest, link)
  const { operations, write } = writer(story.operations)
  const invite = link.body
  for (let i = 0; operations.length < length; i++) {
    const guest = guests[i % guests.length] ?? bob
    const last = operations.slice(-1)
    if (i % 10 === 0 && invite.type === 'invite') {
      const removed = write(alice, { type: 'remove', user: guest.user, isBan: false, cuts: [], rotation: story.operations.length > 0 ? emptyRotation(i) : null }, last)
      const proof = { inviteId: invite.inviteId, challenge: new Uint8Array(32), signature: new Uint8Array(64) }
      write(alice, { type: 'add', member: guest.record, role: 'member', proof }, [removed])
    } else if (i % 10 === 1) write(alice, { type: 'mute', user: guest.user, until: TODAY, cuts: [] }, last)
    else write(guest, { type: 'profile', name: `Guest ${i}` }, last)
  }
  return operations
}

const emptyRotation = (i: number): Extract<Operation['body'], { type: 'rotate' }>['rotation'] => ({
  epochId: i.toString(16).padStart(32, '0') as never, previous: '0'.repeat(32) as never, recipients: new Uint8Array(32), ephemeral: new Uint8Array(32), wraps: [],
  previousLogSecret: new Uint8Array(60), previousMessageSecret: new Uint8Array(60)
})

/** Fifty members each write on branches of their own from one old operation, invite, rotate and are removed meanwhile. */
function branchesOf (length: number): Operation[] {
  const story = createStory()
  story.create(alice, 'Kitchen')
  const link = story.invite(alice, { expiresAt: TODAY + 1 })
  for (const guest of guests) story.add(alice, guest, link)
  const { operations, write } = writer(story.operations)
  const root = operations.slice(-1)
  const tips = new Map<Person, Operation>()
  for (let i = 0; operations.length < length; i++) {
    const guest = guests[i % guests.length] ?? bob
    const tip = tips.get(guest)
    // Every other one begins a new branch at the root, the others join two.
    const other = tips.get(guests[(i * 7 + 3) % guests.length] ?? bob)
    const after = i % 2 === 0 || tip === undefined ? root : [...new Set([tip, other ?? tip])]
    const inviteId = i.toString(16).padStart(32, '0') as never
    tips.set(guest, write(guest, i % 3 === 0
      ? { type: 'invite', inviteId, publicKey: new Uint8Array(32), role: 'member', expiresAt: TODAY, maxUses: 1, needsApproval: false }
      : i % 3 === 1 ? { type: 'profile', name: `Guest ${i}` } : { type: 'rotate', rotation: emptyRotation(i) }, after))
    if (i % 1000 === 999) write(alice, { type: 'remove', user: guest.user, isBan: false, cuts: [], rotation: emptyRotation(i) }, root)
  }
  return operations
}

/** What a few people can do to keep others' devices busy: each history as a stranger to it has to judge it. */
const HOSTILE: Record<string, (turn: number, story: HostileStory) => void> = {
  'devices-that-put-each-other-out': (turn, { write }) => {
    write(`bert-${turn}`, { type: 'adddev', user: 'bert' as UserKey, device: `bert-${turn + 1}` as DeviceKey })
    write(`bert-${turn + 1}`, { type: 'rmdev', device: `bert-${turn}` as DeviceKey, cut: turn % 2 === 0 ? [] : null })
  },
  'owners-in-conflict': (turn, { write, link, root }) => {
    const [author, target] = [turn % 2 === 0 ? 'bert' : 'carl', `guest-${turn % 40}`]
    const acts: Act[] = [
      { type: 'remove', user: target as UserKey, isBan: false, cut: [] },
      { type: 'add', user: target as UserKey, device: target as DeviceKey, ...link },
      { type: 'role', user: target as UserKey, role: 'admin', cut: [] },
      { type: 'invite', invite: `link-${turn}` as InviteId, role: 'admin', maxUses: 1, needsApproval: false },
      { type: 'leave', user: author as UserKey }
    ]
    write(`${author}-1`, acts[turn % acts.length] ?? { type: 'own' }, [root])
  },
  'leaving-and-coming-back': (turn, { write, link, root }) => {
    const author = ['bert', 'carl', 'dora'][turn % 3] ?? 'bert'
    const acts: Act[] = [
      { type: 'leave', user: author as UserKey },
      { type: 'add', user: author as UserKey, device: `${author}-1` as DeviceKey, ...link },
      { type: 'invite', invite: `link-${turn}` as InviteId, role: 'member', maxUses: 1, needsApproval: false },
      { type: 'revoke-invite', invite: link.invite }
    ]
    write(`${author}-1`, acts[turn % acts.length] ?? { type: 'own' }, turn % 3 === 0 ? undefined : [root])
  }
}

interface HostileStory {
  link: { invite: InviteId, role: 'member' }
  root: EnvelopeId
  /** Knows the newest operation when nothing else is said. */
  write: (device: string, act: Act, heads?: EnvelopeId[]) => EnvelopeId
}

function hostile (): Result[] {
  return Object.entries(HOSTILE).map(([name, act]) => {
    const history: LawOperation[] = []
    const last = new Map<string, EnvelopeId>()
    const write: HostileStory['write'] = (device, said, heads = history.slice(-1).map(({ id }) => id)) => {
      const id = `${(history.length * 2_654_435_761 % 2 ** 32).toString(16).padStart(8, '0')}.${history.length}` as EnvelopeId
      const own = last.get(device)
      history.push({ id, device: device as DeviceKey, heads: own === undefined || heads.includes(own) ? heads : [own, ...heads], act: said })
      last.set(device, id)
      return id
    }
    write('anna-1', { type: 'create', user: 'anna' as UserKey, kind: 'group', peer: null, policy: DEFAULT_POLICY })
    const link = { invite: 'link' as InviteId, role: 'member' } as const
    write('anna-1', { type: 'invite', ...link, maxUses: null, needsApproval: false })
    for (const user of ['bert', 'carl', 'dora', ...Array.from({ length: 40 }, (_, i) => `guest-${i}`)]) {
      write('anna-1', { type: 'add', user: user as UserKey, device: `${user}-1` as DeviceKey, ...link })
    }
    for (const user of ['bert', 'carl']) if (name === 'owners-in-conflict') write('anna-1', { type: 'role', user: user as UserKey, role: 'owner', cut: null })
    const root = history.at(-1)!.id
    for (let turn = 1; history.length < HOSTILE_OPERATIONS; turn++) act(turn, { link, root, write })
    return resultOf(`resolver-hostile-${name}`, Array.from({ length: RUNS }, () => {
      const startedAt = performance.now()
      const { facts } = decide(history)
      const ms = performance.now() - startedAt
      if (facts.counted.length < 40) throw new Error('nothing counts: that was another room')
      return ms
    }), { goal: 250 })
  })
}

async function rekey (devices: number): Promise<Result[]> {
  const mine = await createEncryptionKey()
  const keys = new Map<DeviceKey, Uint8Array<ArrayBuffer>>()
  const me = personOf('me').device
  keys.set(me, new Uint8Array(await crypto.subtle.exportKey('raw', mine.publicKey)))
  while (keys.size < devices) {
    const { publicKey } = await createEncryptionKey()
    keys.set(personOf(`device ${keys.size}`).device, new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)))
  }
  const first = await createEpoch()
  const making: number[] = [], opening: number[] = []
  for (let i = 0; i < REKEY_RUNS; i++) {
    const startedAt = performance.now()
    const { rotation, epoch } = await createKeyring({ device: alice.device, encryptionKeys: () => [mine] }).rotate(first, keys)
    making.push(performance.now() - startedAt)
    const ring = createKeyring({ device: me, encryptionKeys: () => [mine] })
    const openedAt = performance.now()
    const learned = await ring.learn([{ rotation, by: alice.device, sealedIn: null }], () => true)
    opening.push(performance.now() - openedAt)
    if (!learned.some(({ epochId }) => epochId === epoch.epochId)) throw new Error('the new epoch did not open')
  }
  return [resultOf(`rekey-${devices}`, making), resultOf(`rekey-${devices}-open`, opening)]
}

async function messages (): Promise<Result[]> {
  const signing = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const device = Buffer.from(await crypto.subtle.exportKey('raw', signing.publicKey)).toString('hex') as DeviceKey
  const roomTag = '22'.repeat(16) as RoomTag
  const devTag = computeDevTag(roomTag, device)
  const { epochId, messageKey } = await createEpoch()
  if (messageKey === null) throw new Error('a fresh epoch has both keys')
  const content = new Uint8Array(200)
  const write = async (seq: number): Promise<Uint8Array<ArrayBuffer>> => {
    const header: EnvelopeHeader = { kind: 'message', roomTag, devTag, seq, prev: seq === 1 ? null : 'ab'.repeat(32) as EnvelopeId, lamport: seq, sentAt: TODAY, epochId, heads: [] }
    const headerBytes = encodeHeader(header)
    const unsigned = await assembleEnvelope({ header, headerBytes, body: await sealBody(messageKey, headerBytes, content), signature: new Uint8Array(64) })
    return encodeEnvelope({ ...unsigned, signature: new Uint8Array(await crypto.subtle.sign('Ed25519', signing.privateKey, signedBytes(unsigned.id))) })
  }
  const read = async (bytes: Uint8Array): Promise<void> => {
    const envelope = await verifyEnvelope(await decodeEnvelope(bytes), device)
    await openBody(messageKey, envelope.headerBytes, envelope.body)
  }
  const startedAt = performance.now()
  const written: Uint8Array<ArrayBuffer>[] = []
  for (let i = 0; i < MESSAGES; i += 50) written.push(...await Promise.all(Array.from({ length: 50 }, async (_, j) => await write(i + j + 1))))
  const readAt = performance.now()
  for (let i = 0; i < MESSAGES; i += 50) await Promise.all(written.slice(i, i + 50).map(read))
  const perSecond = (ms: number): number => Math.round(MESSAGES / ms * 1000)
  return [
    { metric: 'seal-sign-per-second', unit: 'messages/s', value: perSecond(readAt - startedAt) },
    { metric: 'verify-open-per-second', unit: 'messages/s', value: perSecond(performance.now() - readAt) }
  ]
}
