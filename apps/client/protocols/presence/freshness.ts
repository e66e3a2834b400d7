/**
 * Tells live presence from a recording of it. A frame opens for as long as its epoch's key is held, so the node or any member could bring
 * an old one again; its stamp, which is sealed and signed with it, says when it was sent and where it stands among those of its device.
 *
 * Flow: open → `refusalOf` → budgets → `record` → deliver.
 */
import type { DeviceKey } from '#shared/ids.ts'
import type { PresenceContent, StampedPresence } from './index.ts'

/** By the clocks of both ends, which may be hours off. It bounds what can be brought again of a device that was not heard yet. */
const AGE_MAX_MS = 24 * 3_600_000
/** By the sender's clock: how far a frame may lie behind the newest of its device. Gossip is late by seconds. */
const BEHIND_MAX_MS = 120_000
/** How long single counts are remembered; below those that were forgotten everything is refused. */
const REMEMBERED_MS = 60_000
/** A device sends a few frames a second at most. */
const REMEMBERED_MAX = 256
/** Rooms have 500 devices; the rest are those that have left. */
const DEVICES_MAX = 1000
/** Such subjects as `ring` of one person: a device has one or two. */
const SUBJECTS_MAX = 64

interface Heard {
  newest: { count: number, sentAt: number }
  /** When each count came, in that order, by this device's clock. */
  counts: Map<number, number>
  /** Everything up to it is refused. */
  floor: number
  /** The newest count about each thing of which only the newest word holds. */
  bySubject: Map<string, number>
}

export interface Freshness {
  /** Returns why a frame is to be ignored; null when it is new. Changes nothing. */
  refusalOf(device: DeviceKey, presence: StampedPresence): 'presence-outdated' | 'presence-replayed' | 'presence-overtaken' | null
  /** Remembers a frame that was taken. */
  record(device: DeviceKey, presence: StampedPresence): void
}

/** @param now Unix ms by this device's clock */
export function createFreshness (now: () => number = Date.now): Freshness {
  const devices = new Map<DeviceKey, Heard>()

  return {
    refusalOf (device, { content, sentAt, count }) {
      if (Math.abs(now() - sentAt) > AGE_MAX_MS) return 'presence-outdated'
      const heard = devices.get(device)
      if (heard === undefined) return null
      if (count <= heard.floor || heard.counts.has(count)) return 'presence-replayed'
      // RULE: a count above all others is new whatever time it names: its sender's clock was set back.
      if (count < heard.newest.count && sentAt < heard.newest.sentAt - BEHIND_MAX_MS) return 'presence-outdated'
      const subject = subjectOf(content)
      return subject !== null && count < (heard.bySubject.get(subject) ?? 0) ? 'presence-overtaken' : null
    },
    record (device, { content, sentAt, count }) {
      const heard: Heard = devices.get(device) ?? { newest: { count: 0, sentAt: 0 }, counts: new Map(), floor: 0, bySubject: new Map() }
      if (count > heard.newest.count) heard.newest = { count, sentAt }
      heard.counts.set(count, now())
      for (const [old, at] of heard.counts) {
        if (heard.counts.size <= REMEMBERED_MAX && now() - at <= REMEMBERED_MS) break
        heard.counts.delete(old)
        heard.floor = Math.max(heard.floor, old)
      }
      const subject = subjectOf(content)
      if (subject !== null) putLast(heard.bySubject, subject, count, SUBJECTS_MAX)
      putLast(devices, device, heard, DEVICES_MAX)
    }
  }
}

/** What a frame is the newest word about; null where each frame stands for itself. Orders have an order of their own, by `at`. */
function subjectOf (content: PresenceContent): string | null {
  switch (content.type) {
    case 'typing': case 'call': case 'agreement': return content.type
    case 'voice': return `voice ${content.room}`
    case 'ring': return `ring ${content.user}`
    default: return null
  }
}

/** Sets an entry as the last one, and drops the first where there are too many. */
function putLast<Key, Value> (map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= max) return
  const [first] = map.keys()
  if (first !== undefined) map.delete(first)
}
