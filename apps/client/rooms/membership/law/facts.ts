/** What the operations that count have said, by what they are about. Each with its position; its level and authority are looked up there. */
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { RoomPolicy } from '../../../api.ts'
import type { LawGraph } from './graph.ts'
import { CREATOR, givenLevel, hasOwnerRights, isJunior, isOwner, levelOf, MEMBER, NOBODY, ownerLevel, type Level } from './level.ts'
import { push, type Subjects } from './subjects.ts'

export interface RoleFact {
  at: number
  /** The level it gives. */
  value: Level
  isAdmission: boolean
}

/** How an operation stands: `level` orders who binds whom, `authority` is that of its author. */
export interface Verdict { level: Level, authority: Level, counts: boolean }

export interface Version { count: number }

export interface Facts {
  readonly verdicts: readonly (Verdict | undefined)[]
  set(at: number, verdict: Verdict): void
  levelAt(at: number): Level
  authorityAt(at: number): Level
  counts(at: number): boolean
  rolesOf(user: UserKey): readonly RoleFact[]
  /** Removals and leavings, by their position. */
  outsOf(user: UserKey): readonly number[]
  bansOf(user: UserKey): readonly number[]
  /** Removals, roles, leaving, stepping down and handing over: what takes rights away that were used without knowing of it. */
  strikesOn(user: UserKey): readonly number[]
  /** Revocations of a device. */
  burnsOf(device: DeviceKey): readonly number[]
  revocationsOf(invite: number): readonly number[]
  readonly policies: readonly { at: number, policy: RoomPolicy }[]
  /** Everybody who was ever an owner, of whatever kind. */
  readonly owners: ReadonlySet<UserKey>
  /** Everybody who was ever below others of their role. */
  readonly juniors: ReadonlySet<UserKey>
  /** Every operation that counts. */
  readonly counted: readonly number[]
  /** The level of the last operation that was judged: all above it have been. */
  readonly judgedDownTo: Level
  /** Grows with each fact about somebody: what was found out about them holds until then. */
  versionOf(user: UserKey): Readonly<Version>
  /** Whether somebody who was an owner may have ceased to be one in some past. */
  readonly isOwnershipShaken: boolean
}

export function createFacts (graph: LawGraph, subjects: Subjects): Facts {
  const verdicts: (Verdict | undefined)[] = []
  const roles = new Map<UserKey, RoleFact[]>()
  const outs = new Map<UserKey, number[]>()
  const bans = new Map<UserKey, number[]>()
  const strikes = new Map<UserKey, number[]>()
  const burns = new Map<DeviceKey, number[]>()
  const revocations = new Map<number, number[]>()
  const policies: { at: number, policy: RoomPolicy }[] = []
  const owners = new Set<UserKey>()
  const juniors = new Set<UserKey>()
  const counted: number[] = []
  const versions = new Map<UserKey, Version>()
  let isOwnershipShaken = false
  let judgedDownTo = Infinity
  const versionOf = (user: UserKey): Version => {
    const version = versions.get(user) ?? { count: 0 }
    versions.set(user, version)
    return version
  }
  const touch = (user: UserKey): void => { versionOf(user).count++ }
  const strike = (user: UserKey, at: number): void => {
    push(strikes, user, at)
    touch(user)
    if (owners.has(user)) isOwnershipShaken = true
  }

  const addRole = (user: UserKey, fact: RoleFact): void => {
    push(roles, user, fact)
    touch(user)
    if (hasOwnerRights(fact.value)) owners.add(user)
    if (isJunior(fact.value)) juniors.add(user)
  }

  const write = (at: number, { authority, level }: Verdict): void => {
    const operation = graph.ordered[at]
    const author = subjects.authorOf(at)
    if (operation === undefined || author === null) return
    const { act } = operation
    counted.push(at)
    switch (act.type) {
      case 'create':
        addRole(act.user, { at, value: act.kind === 'direct' ? MEMBER : CREATOR, isAdmission: true })
        policies.push({ at, policy: act.policy })
        return
      case 'add': {
        const invite = graph.ordered[subjects.inviteOf(at)]?.act
        const role = invite?.type === 'invite' && invite.role !== 'owner' ? invite.role : 'member'
        addRole(act.user, { at, value: givenLevel(levelOf(role), level, at), isAdmission: true })
        return
      }
      case 'role':
        addRole(act.user, { at, value: act.role === 'owner' ? grantedBy(authority, at) : givenLevel(levelOf(act.role), level, at), isAdmission: false })
        // An heir who names an owner is one from then on, above those whom they name.
        if (act.role === 'owner' && !isOwner(authority) && !isJunior(authority) && act.user !== author) addRole(author, { at, value: grantedBy(authority, at) + 0.25, isAdmission: false })
        strike(act.user, at)
        return
      case 'hand-over':
        addRole(act.user, { at, value: CREATOR, isAdmission: false })
        addRole(author, { at, value: grantedBy(CREATOR, at), isAdmission: false })
        strike(author, at)
        return
      case 'remove':
        if (act.isBan) push(bans, act.user, at)
        push(outs, act.user, at)
        strike(act.user, at)
        return
      case 'leave':
        push(outs, author, at)
        strike(author, at)
        return
      case 'unban': push(bans, act.user, at); return
      case 'rmdev':
        push(burns, act.device, at)
        touch(subjects.holderPutOut(at) ?? author)
        return
      case 'revoke-invite': push(revocations, subjects.inviteOf(at), at); return
      case 'policy': policies.push({ at, policy: act.policy }); return
      case 'adddev':
      case 'mute':
      case 'invite':
      case 'administer':
      case 'own':
      case 'consent':
      case 'nothing':
    }
  }

  return {
    verdicts,
    set (at, verdict) {
      verdicts[at] = verdict
      judgedDownTo = verdict.level
      if (verdict.counts) write(at, verdict)
    },
    levelAt: (at) => verdicts[at]?.level ?? NOBODY,
    authorityAt: (at) => verdicts[at]?.authority ?? NOBODY,
    counts: (at) => verdicts[at]?.counts ?? false,
    rolesOf: (user) => roles.get(user) ?? [],
    outsOf: (user) => outs.get(user) ?? [],
    bansOf: (user) => bans.get(user) ?? [],
    strikesOn: (user) => strikes.get(user) ?? [],
    burnsOf: (device) => burns.get(device) ?? [],
    revocationsOf: (invite) => revocations.get(invite) ?? [],
    policies,
    owners,
    juniors,
    counted,
    versionOf,
    get judgedDownTo () { return judgedDownTo },
    get isOwnershipShaken () { return isOwnershipShaken }
  }
}

const grantedBy = (authority: Level, at: number): Level => ownerLevel(at, isOwner(authority) ? null : authority)
