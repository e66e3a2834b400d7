/** Who is muted: a mute ends by an act, whatever time it names. That time only says when moderators' devices lift it (`lift-mutes.ts`). */
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { Facts } from './law/facts.ts'
import { inPast, isIn, type LawGraph, type Past } from './law/graph.ts'
import { isPresent, isStrictlyBelow, rankAt, type Level } from './law/level.ts'
import type { Standing } from './law/standing.ts'
import type { Subjects } from './law/subjects.ts'
import type { OperationBody } from './operations.ts'

export interface Mute { at: number, author: UserKey, body: Extract<OperationBody, { type: 'mute' }> }

export interface Mutes {
  /** Returns until when somebody is to be muted, Unix ms, by what is in this past; null when they are not muted. */
  untilOf(user: UserKey, past: Past): number | null
  /** Whether a message does not count for a mute: of one at this position of a device's log, by somebody who knew this past. */
  hides(user: UserKey, entry: { device: DeviceKey, seq: number }, past: Past): boolean
}

/** @param said mutes and lifts that count, in the order of positions; @param seqOf the last position that one of them keeps of a device */
export function createMutes ({ graph, subjects, facts, standing }: { graph: LawGraph, subjects: Subjects, facts: Facts, standing: Standing }, said: readonly Mute[], seqOf: (mute: Mute, device: DeviceKey) => number): Mutes {
  const byUser = Map.groupBy(said, ({ body }) => body.user)
  const isMute = ({ body }: Mute): boolean => body.until !== null
  const replaces = (later: Mute, mute: Mute): boolean => later !== mute && graph.knows(later.at, mute.at)

  /**
   * RULE: a mute holds until an act that knows of it replaces it. Of acts at the same moment the higher authority's holds, of equals the mute:
   * a lift never undoes a mute that it does not know of. Mutes end with membership.
   */
  const heldBy = (user: UserKey, past: Past): Mute[] => {
    const mutes = byUser.get(user)
    if (mutes === undefined) return []
    const entered = Math.min(...standing.entriesOf(user, inPast(past)).map(({ at }) => at))
    const known = mutes.filter(({ at }) => at > entered && isIn(past, at))
    const newest = known.filter((mute) => !known.some((later) => replaces(later, mute)))
    const strongest = Math.max(...newest.filter((lift) => !isMute(lift)).map(({ at }) => facts.authorityAt(at)))
    const held = newest.filter((mute) => isMute(mute) && facts.authorityAt(mute.at) >= strongest)
    return held.length === 0 || isAboveAll(user, past, held) ? [] : held
  }

  /** RULE: who has nobody above them any more is not muted: nobody could lift it. */
  const isAboveAll = (user: UserKey, past: Past, held: readonly Mute[]): boolean => {
    const heir = standing.heirIn(past)
    const levelOf = (of: UserKey): Level => heir?.user === of ? heir.level : standing.levelOf(of, inPast(past))
    const level = levelOf(user)
    const mayLift = (other: UserKey): boolean => {
      const authority = levelOf(other)
      return other !== user && isPresent(authority) && rankAt(authority) >= 2 && isStrictlyBelow(level, authority)
    }
    // Most often the muter is still there.
    return !held.some(({ author }) => mayLift(author)) && ![...subjects.users].some(mayLift)
  }

  return {
    untilOf (user, past) {
      const held = heldBy(user, past)
      return held.length === 0 ? null : Math.max(...held.map(({ body }) => body.until ?? 0))
    },
    hides (user, { device, seq }, past) {
      const binds = (mute: Mute): boolean => seq > seqOf(mute, device)
      if (heldBy(user, past).some(binds)) return true
      // What its author did not know of binds above its cut, until a lift that knows of it has seen less than this.
      const mutes = byUser.get(user) ?? []
      return mutes.some((mute) => isMute(mute) && !isIn(past, mute.at) && binds(mute) &&
        !mutes.some((lift) => !isMute(lift) && replaces(lift, mute) && binds(lift)))
    }
  }
}
