/**
 * The sync engine alone: a room on its way to a newcomer, and two copies that are equal. Both ends share one process and a stream in memory, so
 * this is what the protocol costs, without network and disk.
 */
import { buildRoom, syncNewcomer } from '#shared/wire/sync/testing/build-room.ts'
import { resultOf, type Bench } from './lib/report.ts'

const MESSAGES = 10_000
const RUNS = 5

export const syncNewcomerBench: Bench = {
  name: 'sync-newcomer',
  summary: `${MESSAGES} messages of 10 authors to a newcomer, chain heads verified, in memory`,
  async run () {
    const { entries } = await buildRoom({ messages: MESSAGES })
    const times: number[] = []
    let bytes = 0
    for (let i = 0; i < RUNS; i++) {
      const { ms, result } = await syncNewcomer(entries)
      if (result.receivedEntries !== MESSAGES) throw new Error(`${result.receivedEntries} of ${MESSAGES} entries arrived`)
      times.push(ms)
      bytes = result.bytesReceived + result.bytesSent
    }
    return [
      resultOf('sync-newcomer-10k', times),
      { metric: 'sync-newcomer-10k-bytes', unit: 'kB', value: bytes / 1000 }
    ]
  }
}
