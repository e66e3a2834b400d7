import { expect, test } from 'vitest'
import { toReading } from './line-reading.ts'

/** In the form in which Chromium tells it of a call with camera, cut to what is read; the numbers are made up. */
const stats = (change: Record<string, Record<string, unknown>> = {}): (RTCStats & Record<string, unknown>)[] => [
  { id: 'T01', type: 'transport', timestamp: 10_000, selectedCandidatePairId: 'CP1' },
  { id: 'CP1', type: 'candidate-pair', timestamp: 10_000, currentRoundTripTime: 0.021, availableOutgoingBitrate: 1_234_567, ...change['pair'] },
  { id: 'OT1', type: 'outbound-rtp', timestamp: 10_000, kind: 'video', active: true, qualityLimitationReason: 'none', targetBitrate: 899_600, ...change['camera'] },
  { id: 'OT2', type: 'outbound-rtp', timestamp: 10_000, kind: 'video', active: false, qualityLimitationReason: 'bandwidth', targetBitrate: 30_000 },
  { id: 'RI1', type: 'remote-inbound-rtp', timestamp: 9500, kind: 'video', fractionLost: 0.01, roundTripTime: 0.034, ...change['video'] },
  { id: 'RI2', type: 'remote-inbound-rtp', timestamp: 7000, kind: 'audio', fractionLost: 0.05, roundTripTime: 0.03, ...change['voice'] }
]

test('a line is as bad as what suffers most on it, by what the other side reports', () => {
  expect(toReading(stats(), 1)).toEqual({ at: 1, loss: 0.05, roundTripMs: 34, videoKbps: 900, limitedBy: 'none' })
})

test('what nobody reports any more says nothing of now', () => {
  expect(toReading(stats({ voice: { timestamp: 3000 } }), 1).loss).toBe(0.01)
  const silent = toReading(stats({ voice: { timestamp: 3000 }, video: { timestamp: 3000 }, camera: { targetBitrate: undefined } }), 1)
  expect(silent).toEqual({ at: 1, loss: null, roundTripMs: 21, videoKbps: null, limitedBy: 'none' })
  expect(toReading([], 1)).toEqual({ at: 1, loss: null, roundTripMs: null, videoKbps: null, limitedBy: 'none' })
})

test('why the browser sends less is told of what is sent, the machine before the line', () => {
  expect(toReading(stats({ camera: { qualityLimitationReason: 'bandwidth' } }), 1).limitedBy).toBe('bandwidth')
  expect(toReading(stats({ camera: { qualityLimitationReason: 'cpu' } }), 1).limitedBy).toBe('cpu')
})
