/** Pure words of the link chip: what the header says about how the others are reached. */
import type { ConnectionState, Member } from '#client'
import { CLOCK_OFF_MS } from '#shared/limits.ts'
import type { Messages } from '../../i18n/index.ts'

export type Tone = 'good' | 'waiting' | 'bad' | 'idle'

/** `short` is for where there is no room for `text`, `tiny` for where there is hardly any: then the dot says it, and banners say what matters. */
export interface ChipWords { tone: Tone, text: string, short: string, tiny: string, isSpinning: boolean }

/** `members` null: no room is shown, so only the node counts. */
export function chipOf (connection: ConnectionState, members: readonly Member[] | null, keptAtNode: boolean, words: Messages): ChipWords {
  const { connection: w, rooms } = words
  const others = members?.filter((member) => !member.isMe) ?? []
  const direct = others.filter((member) => member.link === 'direct').length
  const relayed = others.filter((member) => member.link === 'relayed').length
  const online = others.filter((member) => member.presence === 'online' || member.link !== 'none').length

  if (online > 0) {
    const parts = [w.online(online), direct > 0 ? w.direct(direct) : '', relayed > 0 ? w.relayed(relayed) : ''].filter(Boolean)
    return { tone: direct === online ? 'good' : 'waiting', text: parts.join(' · '), short: w.online(online), tiny: String(online), isSpinning: false }
  }
  const say = (tone: Tone, text: string, short = text): ChipWords => ({ tone, text, short, tiny: '', isSpinning: false })
  if (connection.node === 'connecting') return { ...say('waiting', w.connecting), isSpinning: true }
  if (connection.node === 'offline') return say('bad', members === null ? rooms.nodeOffline : w.offline, w.offline)
  if (members === null) return say('good', rooms.nodeOnline)
  if (others.length === 0) return say('idle', w.alone)
  return say('waiting', keptAtNode ? `${w.waiting} · ${w.kept}` : w.waiting, w.waiting)
}

/** What people should know of the node's disk before they rely on it; null while it has room. */
export function storageWarning (storage: ConnectionState['storage'], { connection: w }: Messages): string | null {
  return storage === 'ok' ? null : storage === 'full' ? w.storageFull : w.storageNearlyFull
}

/** By how much the clocks of this device and of the node differ, which of them is wrong being unknown; null while they are close enough. */
export function clockWarning (offsetMs: number | null, { connection: w }: Messages): string | null {
  return offsetMs === null || Math.abs(offsetMs) <= CLOCK_OFF_MS ? null : w.clock(Math.abs(offsetMs))
}
