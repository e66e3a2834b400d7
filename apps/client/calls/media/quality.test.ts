import { expect, test } from 'vitest'
import { createQualityMeter } from './quality.ts'

/** Statistics of a connection whose packets take this pair of candidates. */
function statistics (local: string, remote: string): Pick<RTCPeerConnection, 'getStats'> {
  const all = [
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
    { id: 'P', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' },
    { id: 'L', type: 'local-candidate', candidateType: local },
    { id: 'R', type: 'remote-candidate', candidateType: remote }
  ]
  return { getStats: () => Promise.resolve(new Map(all.map((one) => [one.id, one]))) }
}

test('a path is direct only when neither end sends through a TURN server, and each end learns it', async () => {
  for (const [local, remote, theirs, path] of [
    ['host', 'prflx', false, 'direct'],
    ['host', 'prflx', true, 'relayed'],
    ['relay', 'host', false, 'relayed'],
    ['srflx', 'relay', false, 'relayed']
  ] as const) {
    const told: boolean[] = []
    const meter = createQualityMeter(statistics(local, remote) as RTCPeerConnection, { isTheirsRelayed: () => theirs, onMine: (isRelayed) => told.push(isRelayed) })
    expect(await meter.read()).toBeNull()
    expect((await meter.read())?.path).toBe(path)
    expect(told).toEqual([local === 'relay'])
  }
})
