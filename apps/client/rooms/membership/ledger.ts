/**
 * What the operations that count have said, as lists of facts by what they are about, each fact with the position of its operation. Lists
 * grow in the order of positions, which is that of (lamport, id): the last fact in somebody's past is the one that holds for them, so the
 * state in any past is a look from the end of a list, and nothing is ever copied.
 */
import type { DeviceKey, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import { isIn, type Past } from './graph.ts'
import type { Cut, MemberRecord, Role, RoomKind, RoomPolicy, Rotation } from './operations.ts'

/** At the position of an operation. */
export interface Fact { readonly at: number }

export interface Admission extends Fact { isNew: boolean }
export interface RoleFact extends Fact { role: Role, cuts: readonly Cut[], isDemotion: boolean }
/** `period`: position of the admission it ends, so that removals at the same moment are known as such. */
export interface Removal extends Fact { cuts: readonly Cut[], period: number, isByItself: boolean }
export interface Mute extends Fact { until: number | null, cuts: readonly Cut[] }

export interface UserFacts {
  user: UserKey
  admissions: Admission[]
  roles: RoleFact[]
  removals: Removal[]
  names: (Fact & { name: string })[]
  bans: (Fact & { isBanned: boolean })[]
  mutes: Mute[]
}

export interface DeviceFacts {
  device: DeviceKey
  grants: (Fact & { user: UserKey, record: MemberRecord })[]
  burns: (Fact & { cut: number })[]
  keys: (Fact & { encryptionKey: Uint8Array<ArrayBuffer> })[]
}

export interface InviteFacts {
  id: InviteId
  made: (Fact & {
    publicKey: Uint8Array<ArrayBuffer>, role: Role, expiresAt: number, maxUses: number | null, needsApproval: boolean, createdBy: UserKey
  })[]
  revoked: Fact[]
  /** `use` names a person's coming in: the same twice is one use. */
  uses: (Fact & { use: string })[]
}

export interface EpochFact extends Fact { rotation: Rotation | null, recipients: DeviceKey[] }

export interface Creation extends Fact { kind: RoomKind, peer: UserKey | null, parent: RoomTag | null, creator: UserKey }

export interface Ledger {
  readonly users: Map<UserKey, UserFacts>
  readonly devices: Map<DeviceKey, DeviceFacts>
  /** Every device that was ever granted to somebody, whether it still acts or not. */
  readonly devicesOf: Map<UserKey, Set<DeviceKey>>
  /** Everybody who was ever named owner. */
  readonly owners: Set<UserKey>
  readonly invites: Map<InviteId, InviteFacts>
  readonly creation: Creation[]
  readonly names: (Fact & { name: string, topic: string })[]
  readonly policies: (Fact & { policy: RoomPolicy })[]
  readonly epochs: EpochFact[]
  readonly removals: Fact[]
  readonly parties: (Fact & { tag: RoomTag, name: string, inviteSecret: Uint8Array<ArrayBuffer> | null, isVoice: boolean, createdBy: UserKey })[]
  user(user: UserKey): UserFacts
  device(device: DeviceKey): DeviceFacts
  invite(id: InviteId): InviteFacts
  add<T extends Fact>(list: T[], fact: T): void
  /** Forgets all facts from this position on. */
  rewind(to: number): void
}

export function createLedger (): Ledger {
  const written: { at: number, list: unknown[] }[] = []
  const ledger: Ledger = {
    users: new Map(),
    devices: new Map(),
    devicesOf: new Map(),
    owners: new Set(),
    invites: new Map(),
    creation: [],
    names: [],
    policies: [],
    epochs: [],
    removals: [],
    parties: [],
    user: (user) => entry(ledger.users, user, () => ({ user, admissions: [], roles: [], removals: [], names: [], bans: [], mutes: [] })),
    device: (device) => entry(ledger.devices, device, () => ({ device, grants: [], burns: [], keys: [] })),
    invite: (id) => entry(ledger.invites, id, () => ({ id, made: [], revoked: [], uses: [] })),
    add (list, fact) {
      list.push(fact)
      written.push({ at: fact.at, list })
    },
    rewind (to) {
      for (let last = written.at(-1); last !== undefined && last.at >= to; last = written.at(-1)) {
        last.list.pop()
        written.pop()
      }
    }
  }
  return ledger
}

function entry<K, V> (map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = create()
  map.set(key, made)
  return made
}

/** The newest fact of a list in a past: by (lamport, id), so all agree which of two at the same moment it is. */
export function lastIn<T extends Fact> (list: readonly T[] | undefined, past: Past): T | null {
  if (list === undefined) return null
  for (let i = list.length - 1; i >= 0; i--) {
    const fact = list[i]
    if (fact !== undefined && isIn(past, fact.at)) return fact
  }
  return null
}

export const allIn = <T extends Fact> (list: readonly T[] | undefined, past: Past): T[] => (list ?? []).filter((fact) => isIn(past, fact.at))
