/**
 * What `@orbitdb/core` needs for the work of `sync-newcomer`: two peers in this process, linked by libp2p's transport in memory, one with a log of so many
 * messages, the other one without. Prints `{"ms": …}`: from opening the log by its address until every message has arrived. Its packages are
 * those of this folder alone; `apps/bench/orbitdb.ts` installs them and runs this.
 *
 *   node measure.mjs <messages> <bytes of each>
 */
import { createOrbitDB } from '@orbitdb/core'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { memory } from '@libp2p/memory'
import { yamux } from '@libp2p/yamux'
import { MemoryBlockstore } from 'blockstore-core'
import { MemoryDatastore } from 'datastore-core'
import { createHelia } from 'helia'
import { createLibp2p } from 'libp2p'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

const [messages, bytes] = process.argv.slice(2).map(Number)
const folder = await mkdtemp(join(tmpdir(), 'bench-orbitdb-'))
const TIME_LIMIT_MS = 1_200_000
setTimeout(() => {
  console.error(`not complete after ${TIME_LIMIT_MS / 1000} s`)
  process.exit(1)
}, TIME_LIMIT_MS)

async function createPeer (name) {
  const libp2p = await createLibp2p({
    addresses: { listen: [`/memory/${name}`] },
    transports: [memory()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify(), pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }) }
  })
  const ipfs = await createHelia({ libp2p, blockstore: new MemoryBlockstore(), datastore: new MemoryDatastore() })
  return { libp2p, orbitdb: await createOrbitDB({ ipfs, id: name, directory: join(folder, name) }) }
}

const alice = await createPeer('alice'), bob = await createPeer('bob')
const log = await alice.orbitdb.open('kitchen', { type: 'events' })
for (let n = 0; n < messages; n++) await log.add(`Message ${n} `.padEnd(bytes, 'x'))

await bob.libp2p.dial(alice.libp2p.getMultiaddrs())
const startedAt = performance.now()
const copy = await bob.orbitdb.open(log.address)
// Nothing is to be seen of the log until all of it has come, so that counting costs next to nothing meanwhile.
let endedAt
do {
  await new Promise((resolve) => setTimeout(resolve, 20))
  endedAt = performance.now()
} while ((await copy.all()).length < messages)
await rm(folder, { recursive: true, force: true })
console.log(JSON.stringify({ ms: endedAt - startedAt, messages }))
process.exit(0)
