/**
 * What a node process holds on to, as opposed to what V8 has not collected yet: V8 lets garbage lie while there is memory, and resident
 * memory goes up and down with it by as much as a node of 500 devices needs in all.
 *
 * @example
 * const node = await createNode(mailbox, { env: INSPECTED })
 * await using heap = await openNodeHeap(node)
 * const held = await heap.heldMB()
 */
import { once } from 'node:events'
import type { NodeUnderTest } from '../../e2e/harness/node.ts'

/** Environment of a node whose heap can be looked at: its inspector listens on a free port of this machine. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' }

export interface NodeHeap extends AsyncDisposable {
  /** Collects all garbage. Resolves with what is left, in MB (10^6 bytes): objects and the buffers that they hold. */
  heldMB(): Promise<number>
}

interface HeapUsage { usedSize: number, backingStorageSize: number }
interface Reply { id?: number, result?: unknown, error?: { message: string } }

/** @param node one that was started with `INSPECTED` */
export async function openNodeHeap (node: Pick<NodeUnderTest, 'log'>): Promise<NodeHeap> {
  const url = /^Debugger listening on (ws:\S+)$/m.exec(node.log())?.[1]
  if (url === undefined) throw new Error('the node was not started with INSPECTED')
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as Reply
    const call = waiting.get(id ?? 0)
    waiting.delete(id ?? 0)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(error.message))
  })
  socket.addEventListener('close', () => { for (const { reject } of waiting.values()) reject(new Error('the node has ended')) })
  let calls = 0
  const ask = async (method: string): Promise<unknown> => {
    const call = Promise.withResolvers<unknown>()
    waiting.set(++calls, call)
    socket.send(JSON.stringify({ id: calls, method }))
    return await call.promise
  }
  return {
    async heldMB () {
      // Twice: what the first finds dead may have kept other things alive until its finalizers ran.
      for (let turn = 0; turn < 2; turn++) await ask('HeapProfiler.collectGarbage')
      const { usedSize, backingStorageSize } = await ask('Runtime.getHeapUsage') as HeapUsage
      return (usedSize + backingStorageSize) / 1e6
    },
    async [Symbol.asyncDispose] () {
      if (socket.readyState === WebSocket.CLOSED) return
      const closed = once(socket, 'close')
      socket.close()
      await closed
    }
  }
}
