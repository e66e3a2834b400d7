/** Which messages count: what is shown of somebody who was removed, muted or made an observer, and who may delete whose. */
import type { DeviceKey, EnvelopeId, UserKey } from '#shared/ids.ts'
import { isIn, type Graph, type Past } from './graph.ts'
import type { Ledger, Mute } from './ledger.ts'
import { rankOf, type Cut } from './operations.ts'
import { mayModerate } from './rights.ts'
import { createView, type View } from './view.ts'

export interface Standing {
  /**
   * RULE 5: a message counts if its author could write where it stands, by the heads it names, and if nothing it does not know of has taken
   * that away before it: what takes it away names the last position that counts.
   */
  mayWrite(device: DeviceKey, of: { seq: number, sentAt: number, heads: readonly EnvelopeId[] }): boolean
  /** RULE: a message is deleted by its author, or by who outranks them as moderator where the deletion stands. */
  mayDelete(by: UserKey, of: UserKey, heads: readonly EnvelopeId[]): boolean
}

type DevTagOf = (device: DeviceKey) => string

/** Views of recent heads: most messages name the same few. */
const VIEWS_MAX = 64

export function createStanding (graph: Graph, ledger: Ledger, devTagOf: DevTagOf): Standing {
  const views = new Map<string, View>()
  const viewAt = (heads: readonly EnvelopeId[]): View => {
    const key = heads.join()
    const known = views.get(key)
    if (known !== undefined) return known
    if (views.size >= VIEWS_MAX) views.clear()
    const view = createView(ledger, graph.pastOfHeads(heads))
    views.set(key, view)
    return view
  }
  const cutOf = (cuts: readonly Cut[], device: DeviceKey): number => {
    const devTag = devTagOf(device)
    return Math.max(0, ...cuts.filter((cut) => cut.devTag === devTag).map(({ seq }) => seq))
  }

  /** RULE: several removals at the same moment leave what the largest of their cuts leaves. */
  const isCut = (user: UserKey, device: DeviceKey, seq: number, past: Past): boolean => {
    const ends = new Map<number, number>()
    const facts = ledger.users.get(user)
    for (const { at, cuts, period } of facts?.removals ?? []) {
      if (!isIn(past, at)) ends.set(period, Math.max(ends.get(period) ?? 0, cutOf(cuts, device)))
    }
    const burns = (ledger.devices.get(device)?.burns ?? []).filter(({ at }) => !isIn(past, at)).map(({ cut }) => cut)
    if (burns.length > 0) ends.set(-1, Math.max(...burns))
    for (const { at, role, cuts } of facts?.roles ?? []) {
      if (role === 'observer' && !isIn(past, at)) ends.set(at, cutOf(cuts, device))
    }
    return [...ends.values()].some((end) => seq > end)
  }

  const isMutedUnknowingly = (user: UserKey, device: DeviceKey, { seq, sentAt }: { seq: number, sentAt: number }, past: Past): boolean => {
    const mutes = ledger.users.get(user)?.mutes ?? []
    return mutes.some((mute, i) => mute.until !== null && !isIn(past, mute.at) && sentAt < mute.until && seq > cutOf(mute.cuts, device) &&
      !isLifted(mute, mutes.slice(i + 1), (lift) => seq > cutOf(lift.cuts, device)))
  }
  const isLifted = (mute: Mute, later: readonly Mute[], covers: (lift: Mute) => boolean): boolean =>
    later.some((lift) => lift.until === null && isIn(graph.pastOf(lift.at), mute.at) && covers(lift))

  return {
    mayWrite (device, { seq, sentAt, heads }) {
      const view = viewAt(heads)
      const user = view.memberOf(device)
      if (user === null || view.rankOf(user) < rankOf('member')) return false
      const mute = view.muteOf(user)
      if (mute !== null && sentAt < (mute.until ?? 0) && seq > cutOf(mute.cuts, device)) return false
      return !isCut(user, device, seq, view.past) && !isMutedUnknowingly(user, device, { seq, sentAt }, view.past)
    },
    mayDelete (by, of, heads) {
      if (by === of) return true
      const view = viewAt(heads)
      return view.roleOf(of) === null ? view.rankOf(by) >= rankOf('moderator') : mayModerate(by, of, view)
    }
  }
}

