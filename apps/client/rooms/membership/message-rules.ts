/** Which messages count: what is shown of somebody who was removed, muted or made an observer, and who may delete whose. */
import type { DeviceKey, DevTag, EnvelopeId, UserKey } from '#shared/ids.ts'
import type { Facts } from './law/facts.ts'
import { inPast, isIn, pastOfAll, union, type LawGraph, type Past } from './law/graph.ts'
import { isPresent, levelOf, rankAt, strengthOf, type Level } from './law/level.ts'
import type { Standing } from './law/standing.ts'
import type { Subjects } from './law/subjects.ts'
import type { Authored } from './membership.ts'
import { createMutes, type Mute, type Mutes } from './mutes.ts'
import type { Cut, Operation } from './operations.ts'

export interface MessageRules {
  /**
   * RULE: a message counts if its author could write where it stands, by the heads it names, and if nothing it does not know of has taken
   * that away before it: what takes it away names the last position that counts.
   */
  mayWrite(devTag: DevTag, seq: number, heads: readonly EnvelopeId[]): boolean
  /**
   * RULE: a message is deleted by its author, or by who stood above them as moderator where the deletion stands, and also where the message
   * stands: somebody who was raised without the knowledge of a moderator is above them in what they write. Nobody deletes by rights that were
   * taken away without their knowledge: what takes them away names the last position that counts.
   */
  mayDelete(by: UserKey, message: Authored, heads: readonly EnvelopeId[], entry: { devTag: DevTag, seq: number }): boolean
  /** The last position that counts of a device that may not act any more. */
  endOf(device: DeviceKey): number
  /** As `Mutes.untilOf`. */
  untilOf: Mutes['untilOf']
}

/** Pasts of recent heads: most messages name the same few. */
const PASTS_MAX = 64

export function createMessageRules ({ graph, subjects, facts, standing, operations, devTagOf, holderOf, said }: {
  graph: LawGraph, subjects: Subjects, facts: Facts, standing: Standing, operations: readonly Operation[]
  devTagOf: (device: DeviceKey) => DevTag, holderOf: (device: DeviceKey) => UserKey | null, said: { mutes: readonly Mute[] }
}): MessageRules {
  const devices = new Map([...subjects.devices].map((device) => [devTagOf(device), device]))
  const mutes = createMutes({ graph, subjects, facts, standing }, said.mutes, ({ body }, device) => seqOf(body.cuts, device))

  const pasts = new Map<string, Past>()
  const pastOfHeads = (heads: readonly EnvelopeId[]): Past => {
    const key = heads.join()
    const known = pasts.get(key)
    if (known !== undefined) return known
    if (pasts.size >= PASTS_MAX) pasts.clear()
    const past = pastOfAll(graph, heads.flatMap((head) => graph.positionOf(head) ?? []))
    pasts.set(key, past)
    return past
  }
  const cutOf = (at: number, device: DeviceKey): number => {
    const operation = operations[at], body = operation?.body
    // Who leaves says nothing more with that device.
    if (body?.type === 'remove' && body.rotation === null && operation?.device === device) return Math.min(operation.seq, seqOf(body.cuts, device))
    if (body?.type === 'rmdev') return body.device === device ? body.cut : Infinity
    return body !== undefined && 'cuts' in body ? seqOf(body.cuts, device) : 0
  }
  const seqOf = (cuts: readonly Cut[], device: DeviceKey): number => {
    const devTag = devTagOf(device)
    return Math.max(0, ...cuts.filter((cut) => cut.devTag === devTag).map(({ seq }) => seq))
  }

  /**
   * RULE: of several removals at the same moment that of the highest authority says what is left, of equals the largest. Of those that follow
   * only such of higher authority take more away.
   */
  const endOfRemovals = (user: UserKey, device: DeviceKey, past: Past | null): number => {
    const unknown = facts.outsOf(user).filter((at) => past === null || !isIn(past, at))
    const first = unknown.filter((at) => !unknown.some((other) => other !== at && graph.knows(at, other)))
    if (first.length === 0) return Infinity
    const highest = Math.max(...first.map((at) => facts.authorityAt(at)))
    const end = Math.max(...first.filter((at) => facts.authorityAt(at) === highest).map((at) => cutOf(at, device)))
    return Math.min(end, ...unknown.filter((at) => facts.authorityAt(at) > highest).map((at) => cutOf(at, device)))
  }
  const endOfDevice = (device: DeviceKey, past: Past | null): number =>
    Math.min(Infinity, ...facts.burnsOf(device).filter((at) => past === null || !isIn(past, at)).map((at) => cutOf(at, device)))

  const isSilenced = (user: UserKey, device: DeviceKey, seq: number, past: Past): boolean => facts.strikesOn(user).some((at) => {
    const body = operations[at]?.body
    return body?.type === 'role' && body.role === 'observer' && !isIn(past, at) && seq > seqOf(body.cuts, device)
  })

  const levelIn = (user: UserKey, past: Past): Level => {
    const heir = standing.heirIn(past)
    return heir?.user === user ? heir.level : standing.levelOf(user, inPast(past))
  }

  return {
    mayWrite (devTag, seq, heads) {
      const device = devices.get(devTag)
      const user = device === undefined ? null : holderOf(device)
      if (device === undefined || user === null) return false
      const past = pastOfHeads(heads)
      if (rankAt(standing.levelOfDevice(user, device, inPast(past))) < 1) return false
      if (seq > endOfRemovals(user, device, past) || seq > endOfDevice(device, past)) return false
      return !isSilenced(user, device, seq, past) && !mutes.hides(user, { device, seq }, past)
    },
    mayDelete (by, { of, heads: said }, heads, { devTag, seq }) {
      if (by === of) return true
      if (said.some((head) => graph.positionOf(head) === undefined)) return false
      const past = pastOfHeads(heads)
      const level = levelIn(by, past)
      if (!isPresent(level)) return false
      const device = devices.get(devTag)
      const lowered = facts.strikesOn(by).flatMap((at) => {
        const body = operations[at]?.body
        if (isIn(past, at) || body?.type !== 'role' || body.role === 'owner') return []
        return device === undefined || seq > seqOf(body.cuts, device) ? [levelOf(body.role)] : []
      })
      const strength = strengthOf(Math.min(level, ...lowered))
      if (rankAt(strength) < 2) return false
      return strengthOf(levelIn(of, union([past, pastOfHeads(said)], null))) < strength
    },
    endOf (device) {
      const user = holderOf(device)
      const end = user === null ? 0 : Math.min(endOfDevice(device, null), endOfRemovals(user, device, pastOfLastReturn(user)))
      return end === Infinity ? 0 : end
    },
    untilOf: (user, past) => mutes.untilOf(user, past)
  }

  /** What was known where somebody was let in for the last time: removals before that say nothing of now. */
  function pastOfLastReturn (user: UserKey): Past | null {
    const last = facts.rolesOf(user).filter(({ isAdmission }) => isAdmission).map(({ at }) => at).sort((a, b) => a - b).at(-1)
    return last === undefined ? null : graph.pastOf(last)
  }
}
