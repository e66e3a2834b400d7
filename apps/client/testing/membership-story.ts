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
import type { DeviceKey, DevTag, EnvelopeId, EpochId, InviteId, UserKey } from '#shared/ids.ts'
import type { MemberRecord, Operation, OperationBody, Role, Rotation } from '../rooms/membership/operations.ts'
import { resolveMembership, type Membership } from '../rooms/membership/resolve.ts'

export interface Person { name: string, user: UserKey, device: DeviceKey, devTag: DevTag, record: MemberRecord }

/** Stands for the hash that a device's tag is. */
export const devTagOf = (device: DeviceKey): DevTag => device.slice(0, 32) as DevTag

/** A person with one device; `device` names a second one. The same names give the same keys. */
export function personOf (name: string, device = `${name}'s phone`): Person {
  const user = digest(name) as UserKey
  const deviceKey = digest(device) as DeviceKey
  const record = { user, device: deviceKey, encryptionKey: new Uint8Array(32), certificate: new Uint8Array(64), name }
  return { name, user, device: deviceKey, devTag: devTagOf(deviceKey), record }
}

export const [alice, bob, carol, dave, mallory] = ['Alice', 'Bob', 'Carol', 'Dave', 'Mallory'].map((name) => personOf(name)) as
  [Person, Person, Person, Person, Person]

export interface Where {
  /** The operations the author has seen last; default: everything that counts so far. */
  after?: readonly Operation[]
  sentAt?: number
}

export interface InviteTerms { id?: InviteId, role?: Role, expiresAt?: number, maxUses?: number | null }

export interface Story {
  readonly operations: Operation[]
  write(author: Person, body: OperationBody, where?: Where): Operation
  create(author: Person, name: string, where?: Where): Operation
  invite(author: Person, terms?: InviteTerms, where?: Where): Operation
  revoke(author: Person, invite: Operation, where?: Where): Operation
  add(author: Person, joiner: Person, invite: Operation, where?: Where & { role?: Role }): Operation
  remove(author: Person, target: Person, where?: Where & { cuts?: { devTag: DevTag, seq: number }[], rotation?: Rotation }): Operation
  rotate(author: Person, where?: Where & { rotation?: Rotation }): Operation
  /** Names of the members, sorted. */
  names(operations?: readonly Operation[]): string[]
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
    const heads = (after?.map(({ id }) => id) ?? resolve().heads).toSorted()
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
    create: (author, name, where) => write(author, { type: 'create', salt: new Uint8Array(16), name, creator: author.record }, where),
    invite: (author, { id, role = 'member', expiresAt = TODAY + 1000, maxUses = null } = {}, where = {}) => {
      const inviteId = id ?? digest(`invite ${counter}`).slice(0, 32) as InviteId
      return write(author, { type: 'invite', inviteId, publicKey: new Uint8Array(32), role, expiresAt, maxUses }, where)
    },
    revoke: (author, invite, where) => write(author, { type: 'revoke-invite', inviteId: inviteIdOf(invite) }, where),
    add: (author, joiner, invite, { role = 'member', ...where } = {}) => {
      const proof = { inviteId: inviteIdOf(invite), challenge: new Uint8Array(32), signature: new Uint8Array(64) }
      return write(author, { type: 'add', member: joiner.record, role, proof }, where)
    },
    remove: (author, target, { cuts = [], rotation = rotationOf(`removal ${counter}`), ...where } = {}) =>
      write(author, { type: 'remove', user: target.user, cuts, rotation }, where),
    rotate: (author, { rotation = rotationOf(`rotation ${counter}`), ...where } = {}) => write(author, { type: 'rotate', rotation }, where),
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
export const saidBy = (membership: Membership): object => ({ ...membership, isBefore: null })

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
