/**
 * Operations of a room as a story: Alice creates, Bob joins, Mallory tries. No cryptography, since the resolver has none: ids come from
 * a counter, proofs and certificates are empty.
 *
 * @example
 *   const story = createStory()
 *   story.create(alice, 'Kitchen')
 *   const link = story.invite(alice)
 *   story.add(alice, bob, link)
 *   expect(story.names()).toEqual(['Alice', 'Bob'])
 */
import type { DeviceKey, DevTag, EnvelopeId, EpochId, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import {
  DEFAULT_POLICY, type Cut, type MemberRecord, type Operation, type OperationBody, type Role, type RoomPolicy, type Rotation
} from '../rooms/membership/operations.ts'
import { resolveMembership, type Membership } from '../rooms/membership/resolve.ts'

export interface Person { name: string, user: UserKey, device: DeviceKey, devTag: DevTag, record: MemberRecord }

/** Stands for the hash that a device's tag is. */
export const devTagOf = (device: DeviceKey): DevTag => device.slice(0, 32) as DevTag

/** A person with one device; `device` names a second one. The same names give the same keys. */
export function personOf (name: string, device = `${name}'s phone`): Person {
  const user = digest(name) as UserKey
  const deviceKey = digest(device) as DeviceKey
  const record = { user, device: deviceKey, encryptionKey: new Uint8Array(32), certificate: new Uint8Array(64), issuedAt: null, name, signature: new Uint8Array(64) }
  return { name, user, device: deviceKey, devTag: devTagOf(deviceKey), record }
}

export const [alice, bob, carol, dave, mallory] = ['Alice', 'Bob', 'Carol', 'Dave', 'Mallory'].map((name) => personOf(name)) as
  [Person, Person, Person, Person, Person]

export interface Where {
  /** The operations the author has seen last; default: everything that counts so far. */
  after?: readonly Operation[]
  sentAt?: number
}

export interface InviteTerms { id?: InviteId, role?: Role, expiresAt?: number, maxUses?: number | null, needsApproval?: boolean }

type Creation = Extract<OperationBody, { type: 'create' }>

/** The first operation of a room, of which only what matters is said. */
export const creationOf = (said: Partial<Creation> & Pick<Creation, 'creator'>): Creation => ({
  type: 'create', salt: new Uint8Array(16), kind: 'group', name: 'Kitchen', topic: '', peer: null, parent: null, policy: DEFAULT_POLICY, ...said
})

export interface Story {
  readonly operations: Operation[]
  write(author: Person, body: OperationBody, where?: Where): Operation
  create(author: Person, name: string, where?: Where & Partial<Creation>): Operation
  invite(author: Person, terms?: InviteTerms, where?: Where): Operation
  revoke(author: Person, invite: Operation, where?: Where): Operation
  /** By an invitation; null: as the creator of a direct room does. */
  add(author: Person, joiner: Person, invite: Operation | null, where?: Where & { role?: Role }): Operation
  remove(author: Person, target: Person, where?: Where & { cuts?: Cut[], rotation?: Rotation | null, isBan?: boolean }): Operation
  leave(author: Person, where?: Where & { cuts?: Cut[] }): Operation
  rotate(author: Person, where?: Where & { rotation?: Rotation }): Operation
  role(author: Person, target: Person, role: Role, where?: Where & { cuts?: Cut[] }): Operation
  mute(author: Person, target: Person, until: number | null, where?: Where & { cuts?: Cut[] }): Operation
  unban(author: Person, target: Person, where?: Where): Operation
  policy(author: Person, change: Partial<RoomPolicy>, where?: Where): Operation
  rename(author: Person, name: string, where?: Where & { topic?: string }): Operation
  addDevice(author: Person, device: Person, where?: Where): Operation
  removeDevice(author: Person, device: Person, where?: Where & { cut?: number, rotation?: Rotation }): Operation
  party(author: Person, childTag: RoomTag, where?: Where & { name?: string, inviteSecret?: Uint8Array<ArrayBuffer> | null }): Operation
  offerRoom(author: Person, target: Person | null, where?: Where): Operation
  replyOffer(author: Person, offer: Operation, accepts: boolean, where?: Where & { creator?: Person }): Operation
  handOver(author: Person, target: Person, consent: Operation, where?: Where): Operation
  /** Names of the members, sorted. */
  names(operations?: readonly Operation[]): string[]
  roleOf(person: Person): Role | null
  resolve(operations?: readonly Operation[]): Membership
}

/** When stories happen, Unix ms. */
export const TODAY = 1_790_000_000_000

export function createStory (): Story {
  const operations: Operation[] = []
  const lastSeq = new Map<DeviceKey, number>()
  let counter = 0

  const resolve = (of: readonly Operation[] = operations): Membership => resolveMembership(of, devTagOf)

  const write = (author: Person, body: OperationBody, { after, sentAt = TODAY }: Where = {}): Operation => {
    // Everybody knows what they did themselves.
    const own = operations.findLast((one) => one.device === author.device)?.id
    const named = after?.map(({ id }) => id) ?? resolve().heads
    const heads = (own === undefined || named.includes(own) || named.length === 0 ? named : [...named, own]).toSorted()
    const lamport = 1 + Math.max(0, ...operations.filter(({ id }) => heads.includes(id)).map((operation) => operation.lamport))
    const seq = (lastSeq.get(author.device) ?? 0) + 1
    lastSeq.set(author.device, seq)
    const id = digest(`operation ${counter++}`) as EnvelopeId
    const operation: Operation = { id, device: author.device, devTag: author.devTag, seq, lamport, sentAt, heads, body }
    operations.push(operation)
    return operation
  }

  const inviteIdOf = ({ body }: Operation): InviteId => {
    if (body.type !== 'invite') throw new Error('not an invitation')
    return body.inviteId
  }

  return {
    operations,
    write,
    resolve,
    create: (author, name, { after, sentAt, ...said } = {}) => write(author, creationOf({ name, creator: author.record, ...said }), whereOf(after, sentAt)),
    invite: (author, { id, role = 'member', expiresAt = TODAY + 1000, maxUses = null, needsApproval = false } = {}, where = {}) => {
      const inviteId = id ?? digest(`invite ${counter}`).slice(0, 32) as InviteId
      return write(author, { type: 'invite', inviteId, publicKey: new Uint8Array(32), role, expiresAt, maxUses, needsApproval }, where)
    },
    revoke: (author, invite, where) => write(author, { type: 'revoke-invite', inviteId: inviteIdOf(invite), announcement: invite.id }, where),
    add: (author, joiner, invite, { role = 'member', ...where } = {}) => {
      const proof = invite === null ? null : { inviteId: inviteIdOf(invite), challenge: new Uint8Array(32), signature: new Uint8Array(64) }
      return write(author, { type: 'add', member: joiner.record, role, proof, ...invite !== null && { announcement: invite.id } }, where)
    },
    remove: (author, target, { cuts = [], rotation = rotationOf(`removal ${counter}`), isBan = false, ...where } = {}) =>
      write(author, { type: 'remove', user: target.user, isBan, cuts, rotation }, where),
    leave: (author, { cuts = [], ...where } = {}) => write(author, { type: 'remove', user: author.user, isBan: false, cuts, rotation: null }, where),
    rotate: (author, { rotation = rotationOf(`rotation ${counter}`), ...where } = {}) => write(author, { type: 'rotate', rotation }, where),
    role: (author, target, role, { cuts = [], ...where } = {}) => write(author, { type: 'role', user: target.user, role, cuts }, where),
    mute: (author, target, until, { cuts = [], ...where } = {}) => write(author, { type: 'mute', user: target.user, until, cuts }, where),
    unban: (author, target, where) => write(author, { type: 'unban', user: target.user }, where),
    policy: (author, change, where) => write(author, { type: 'policy', policy: { ...resolve().policy, ...change } }, where),
    rename: (author, name, { topic = '', ...where } = {}) => write(author, { type: 'rename', name, topic }, where),
    addDevice: (author, device, where) => write(author, { type: 'adddev', member: device.record }, where),
    removeDevice: (author, device, { cut = 0, rotation = rotationOf(`rotation ${counter}`), ...where } = {}) =>
      write(author, { type: 'rmdev', device: device.device, cut, rotation }, where),
    party: (author, childTag, { name = 'Party', inviteSecret = null, ...where } = {}) => write(author, { type: 'party', childTag, name, inviteSecret, isVoice: false }, where),
    offerRoom: (author, target, where) => write(author, { type: 'offer-room', user: target?.user ?? null }, where),
    replyOffer: (author, offer, accepts, { creator = alice, ...where } = {}) => write(author, { type: 'reply-offer', creator: creator.user, offer: offer.id, accepts }, where),
    handOver: (author, target, consent, where) => write(author, { type: 'hand-over', user: target.user, consent: consent.id }, where),
    roleOf: (person) => resolve().members.get(person.user)?.role ?? null,
    names: (of) => [...resolve(of).members.values()].map((member) => member.name).sort()
  }
}

/** Alice's kitchen, with Bob, Carol and Mallory let in by one link. */
export function kitchen (): Story & { created: Operation, link: Operation, settled: Operation } {
  const story = createStory()
  const created = story.create(alice, 'Kitchen')
  const link = story.invite(alice)
  story.add(alice, bob, link)
  story.add(bob, carol, link)
  const settled = story.add(carol, mallory, link)
  return { ...story, created, link, settled }
}

/** A rotation whose keys open nothing. */
export const rotationOf = (name: string, previous = digest('the first epoch').slice(0, 32) as EpochId): Rotation => ({
  epochId: digest(name).slice(0, 32) as EpochId, previous, recipients: new Uint8Array(32), ephemeral: new Uint8Array(32), wraps: [],
  previousLogSecret: new Uint8Array(60), previousMessageSecret: new Uint8Array(60)
})

/** What a membership says, without what it can be asked: comparable. */
export const saidBy = (membership: Membership): object => Object.fromEntries(Object.entries(membership).filter(([, value]) => typeof value !== 'function'))

const whereOf = (after: readonly Operation[] | undefined, sentAt: number | undefined): Where => ({ ...(after && { after }), ...(sentAt !== undefined && { sentAt }) })

/** 64 hex digits that look like a hash and are the same in each run. FNV-1a, continued. */
function digest (text: string): string {
  let hash = 0x811c9dc5
  const mix = (byte: number): void => { hash = Math.imul(hash ^ byte, 0x01000193) >>> 0 }
  for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i))
  return Array.from({ length: 8 }, (_, i) => {
    for (let round = 0; round < 4; round++) mix(i + round)
    return hash.toString(16).padStart(8, '0')
  }).join('')
}
