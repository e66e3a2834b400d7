/** How well media comes in over one connection: from the browser's statistics, as a difference to the reading before. */
import type { CallQuality } from '../../api-calls.ts'

interface Reading { at: number, bytes: number, packets: number, lost: number }

export interface QualityMeter { read(): Promise<CallQuality | null> }

/** Loss that Opus repairs without being heard, and what no codec does. */
const FAIR_LOSS = 0.02, POOR_LOSS = 0.08
/** ITU-T G.114: a conversation suffers from 150 ms one way on, and hardly works from 400. */
const FAIR_ROUND_TRIP_MS = 250, POOR_ROUND_TRIP_MS = 600

/**
 * RULE: a path is relayed when either end sends through a TURN server. Each sees its own for certain; a relay of the other's may look like any
 * address that answers (`prflx`), so each tells the other.
 */
export function createQualityMeter (pc: RTCPeerConnection, { isTheirsRelayed, onMine }: {
  /** As the other side has told; false before. */
  isTheirsRelayed: () => boolean
  /** This device sends through a TURN server from now on, or no longer. */
  onMine: (isRelayed: boolean) => void
}): QualityMeter {
  let before: Reading | null = null
  let mine: boolean | null = null
  return {
    async read () {
      const report = await pc.getStats()
      const stats = [...report.values() as Iterable<RTCStats & Record<string, unknown>>]
      const inbound = stats.filter(({ type }) => type === 'inbound-rtp')
      const pair = selectedPair(stats)
      const now: Reading = {
        at: performance.now(),
        bytes: sum(inbound, 'bytesReceived'),
        packets: sum(inbound, 'packetsReceived'),
        lost: sum(inbound, 'packetsLost')
      }
      if (pair !== undefined) {
        const isRelayed = isRelay(stats, pair['localCandidateId'])
        if (isRelayed !== mine) onMine(isRelayed)
        mine = isRelayed
      }
      const last = before
      before = now
      if (last === null) return null
      const lost = Math.max(0, now.lost - last.lost), packets = Math.max(0, now.packets - last.packets)
      const loss = lost + packets === 0 ? 0 : lost / (lost + packets)
      const roundTripMs = typeof pair?.['currentRoundTripTime'] === 'number' ? Math.round(pair['currentRoundTripTime'] * 1000) : null
      const jitters = inbound.map((one) => one['jitter']).filter((jitter) => typeof jitter === 'number')
      return {
        level: levelOf(loss, roundTripMs ?? 0),
        path: mine === true || isTheirsRelayed() || isRelay(stats, pair?.['remoteCandidateId']) ? 'relayed' : 'direct',
        roundTripMs,
        jitterMs: jitters.length === 0 ? null : Math.round(Math.max(...jitters) * 1000),
        loss,
        receivedKbps: Math.round(Math.max(0, now.bytes - last.bytes) * 8 / Math.max(1, now.at - last.at)),
        codecs: codecsOf(stats, inbound)
      }
    }
  }
}

export function levelOf (loss: number, roundTripMs: number): CallQuality['level'] {
  if (loss >= POOR_LOSS || roundTripMs >= POOR_ROUND_TRIP_MS) return 'poor'
  return loss >= FAIR_LOSS || roundTripMs >= FAIR_ROUND_TRIP_MS ? 'fair' : 'good'
}

type Stat = RTCStats & Record<string, unknown>

const sum = (stats: readonly Stat[], key: string): number => stats.reduce((total, one) => total + (typeof one[key] === 'number' ? one[key] : 0), 0)

function selectedPair (stats: readonly Stat[]): Stat | undefined {
  const transport = stats.find(({ type }) => type === 'transport')
  return stats.find(({ id }) => id === transport?.['selectedCandidatePairId'])
}

const isRelay = (stats: readonly Stat[], candidateId: unknown): boolean =>
  stats.some(({ id, ...one }) => id === candidateId && one['candidateType'] === 'relay')

function codecsOf (stats: readonly Stat[], inbound: readonly Stat[]): string[] {
  const used = new Set(inbound.filter((one) => Number(one['packetsReceived']) > 0).map((one) => one['codecId']))
  return stats.filter(({ id, type }) => type === 'codec' && used.has(id)).map((codec) => String(codec['mimeType']).split('/')[1] ?? '').sort()
}
