/** What the browser's statistics say about the line to one receiver. @see https://w3c.github.io/webrtc-stats/ */
import type { LineReading } from './adapt.ts'

type Stat = RTCStats & Record<string, unknown>

/** The other side reports about once a second for video and every five for sound; older than this says nothing of now. */
const REPORT_MAX_AGE_MS = 6000

export async function readLine (pc: RTCPeerConnection): Promise<LineReading> {
  const report = await pc.getStats()
  return toReading([...report.values() as Iterable<Stat>], Date.now())
}

export function toReading (stats: readonly Stat[], at: number): LineReading {
  const newest = Math.max(...stats.map(({ timestamp }) => timestamp))
  const reports = stats.filter(({ type, timestamp }) => type === 'remote-inbound-rtp' && newest - timestamp <= REPORT_MAX_AGE_MS)
  const transport = stats.find(({ type }) => type === 'transport')
  const pair = stats.find(({ id }) => id === transport?.['selectedCandidatePairId'])
  const pictures = stats.filter(({ type, kind, active }) => type === 'outbound-rtp' && kind === 'video' && active !== false)
  const reasons = pictures.map((one) => one['qualityLimitationReason'])
  const targets = pictures.map((one) => number(one['targetBitrate'])).filter((one) => one !== null)
  return {
    at,
    // The section that loses most: a voice that breaks up is not made good by a screen that arrives.
    loss: largest(reports.map((one) => one['fractionLost'])),
    roundTripMs: toMs(largest(reports.map((one) => one['roundTripTime'])) ?? number(pair?.['currentRoundTripTime'])),
    // Of the whole line the pair tells (`availableOutgoingBitrate`) too, but up to a minute late.
    videoKbps: targets.length === 0 ? null : Math.round(targets.reduce((sum, one) => sum + one, 0) / 1000),
    limitedBy: (['cpu', 'bandwidth', 'other'] as const).find((reason) => reasons.includes(reason)) ?? 'none'
  }
}

const number = (value: unknown): number | null => typeof value === 'number' && Number.isFinite(value) ? value : null
const largest = (values: readonly unknown[]): number | null => values.map(number).reduce((most, one) => one === null ? most : Math.max(one, most ?? one), null)
const toMs = (seconds: number | null): number | null => seconds === null ? null : Math.round(seconds * 1000)
