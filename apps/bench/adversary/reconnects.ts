/** Devices that come and go: what a node keeps of them, and how long a storm of them takes. */
import type { NodeUnderTest } from '../../e2e/harness/node.ts'
import { comeFrom } from '../../e2e/adversary/lib/from-address.ts'
import { openLightClient, signUp, type Account, type LightClient } from '../../e2e/adversary/lib/light-client.ts'
import { openNodeHeap } from '../lib/node-heap.ts'
import { descriptors, memoryMB, watchNode } from '../lib/watch-node.ts'

const DEVICES = 500
const ROUNDS = 4
/** At a time: more only wait for each other in this process. */
const WIDTH = 25
/** All at once, and all of them in one process: what a handshake waits for is mostly the others. */
const STORM_TIME_LIMIT_MS = 120_000
/** Devices behind one address. */
const PER_ADDRESS = 25

async function inTurns<T, R> (items: readonly T[], act: (item: T, nth: number) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += WIDTH) results.push(...await Promise.all(items.slice(at, at + WIDTH).map(async (item, n) => await act(item, at + n))))
  return results
}

/** Tries until it works, as every client does. */
async function comeAtLast (come: () => Promise<LightClient>): Promise<LightClient> {
  for (;;) {
    try {
      return await come()
    } catch {
      await new Promise((resolve) => { setTimeout(resolve, 1000 * Math.random()) })
    }
  }
}

/** What a node has when all garbage is collected. */
export interface Held { descriptors: number, memoryMB: number, heapMB: number }

export interface Reconnects { before: Held, after: Held, peakMB: number, stormMs: number }

/**
 * Connects 500 devices, lets each break its connection and come back four times, and then all at once.
 * @param node one that was started with `INSPECTED`
 */
export async function measureReconnects (node: NodeUnderTest): Promise<Reconnects> {
  const pid = node.pid()
  const places = await Promise.all(Array.from({ length: DEVICES / PER_ADDRESS }, async (_, n) => await comeFrom(`127.0.1.${n + 1}`, node.origin)))
  await using _leaving = { async [Symbol.asyncDispose] () { for (const place of places) await place[Symbol.asyncDispose]() } }
  const accounts = await inTurns(Array.from({ length: DEVICES }), async (_, n) => await signUp(node, `device-${n}`, `192.0.2.${n % 250}`))
  const come = async (account: Account, n: number): Promise<LightClient> =>
    await openLightClient(node.origin, { account, gossips: false, via: places[n % places.length]!.origin, timeoutMs: STORM_TIME_LIMIT_MS })
  let clients = await inTurns(accounts, come)
  await using heap = await openNodeHeap(node)
  const settle = async (): Promise<Held> => {
    // What has closed is counted out within seconds, and V8 gives the pages back that a collection has emptied.
    await heap.heldMB()
    await new Promise((resolve) => { setTimeout(resolve, 15_000) })
    const heapMB = await heap.heldMB()
    return { descriptors: descriptors(pid), memoryMB: memoryMB(pid), heapMB }
  }
  const reconnectAll = async (): Promise<void> => {
    clients = await inTurns(accounts, async (account, n) => {
      clients[n]?.connection.abort(new Error('the network changed'))
      await clients[n]?.[Symbol.asyncDispose]()
      return await come(account, n)
    })
  }
  // The first round pays for compiled code and for what is made once.
  await reconnectAll()
  const before = await settle()
  const watch = watchNode(pid, node.origin)
  for (let round = 0; round < ROUNDS; round++) await reconnectAll()
  await watch.stop()
  const { peakMB } = watch
  const after = await settle()
  for (const client of clients) client.connection.abort(new Error('the network is gone'))
  await inTurns(clients, async (client) => { await client[Symbol.asyncDispose]() })
  const startedAt = performance.now()
  clients = await Promise.all(accounts.map(async (account, n) => await comeAtLast(async () => await come(account, n))))
  const stormMs = performance.now() - startedAt
  await inTurns(clients, async (client) => { await client[Symbol.asyncDispose]() })
  return { before, after, peakMB, stormMs }
}
