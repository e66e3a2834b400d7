/**
 * The patches of libp2p's transports (docs/adr/0009): what is written together crosses as one message, and a reader asks for more only when half
 * of its window is used up. Counted at what the patched files themselves call. And a stream on a connection that has just closed throws nothing that
 * nobody can catch, which ends a process of Node.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Stream } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, it } from 'vitest'

const log = Object.assign(() => {}, { trace () {}, error () {}, newScope: () => log })
/** These are not public: the files are named as they lie there. */
const load = async <T>(file: string): Promise<T> => await import(pathToFileURL(join(import.meta.dirname, '../../../node_modules/@libp2p', file)).href) as T

/** Takes what is sent, as a WebSocket and as a data channel. */
class Sent extends EventTarget {
  readonly messages: Uint8Array[] = []
  readonly readyState = 'open'
  readonly bufferedAmount = 0
  send (message: Uint8Array): void { this.messages.push(message) }
  close (): void {}
}

const pieces = (): Uint8ArrayList => new Uint8ArrayList(Uint8Array.of(1, 2), Uint8Array.of(3), Uint8Array.of(4, 5, 6))

it('a WebSocket carries what is written together as one message', async () => {
  const { webSocketToMaConn } = await load<{ webSocketToMaConn: (init: object) => { send(data: Uint8ArrayList): boolean } }>('websockets/dist/src/websocket-to-conn.js')
  const websocket = new Sent()
  const connection = webSocketToMaConn({ websocket, log, remoteAddr: multiaddr('/ip4/127.0.0.1/tcp/1/ws'), direction: 'outbound' })
  connection.send(pieces())
  expect(websocket.messages).toEqual([Uint8Array.of(1, 2, 3, 4, 5, 6)])
})

it('a data channel carries a frame and its length as one message', async () => {
  const { createStream } = await load<{ createStream: (init: object) => Stream }>('webrtc/dist/src/stream.js')
  const channel = new Sent()
  const stream = createStream({ channel, log, direction: 'outbound', isHandshake: true })
  stream.send(pieces())
  expect(channel.messages).toHaveLength(1)
  expect(channel.messages[0]?.slice(-6)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6))
  expect(channel.messages[0]?.[0]).toBe(channel.messages[0]!.length - 1)
})

it('a reader tells once that there is room again when half of its window is used up', async () => {
  const { YamuxStream, StreamState } = await load<{
    YamuxStream: new (init: object) => { handleData(frame: object): void, addEventListener(type: 'message', listener: () => void): void }
    StreamState: { Established: number }
  }>('yamux/dist/src/stream.js')
  const told: number[] = []
  const windowBytes = 1000
  const stream = new YamuxStream({
    streamId: 1, log, direction: 'inbound', state: StreamState.Established, initialStreamWindow: windowBytes, initialStreamWindowSize: windowBytes,
    getRTT: () => -1,
    sendFrame: ({ length }: { length: number }) => { told.push(length) }
  })
  stream.addEventListener('message', () => {})
  const take = (): void => stream.handleData({ header: { type: 0, flag: 0, streamID: 1, length: 200 }, data: new Uint8ArrayList(new Uint8Array(200)) })
  take()
  take()
  expect(told).toEqual([])
  take()
  expect(told).toEqual([600])
})

it('a stream that is opened on a connection that closes in the same turn ends, and nothing is thrown at nobody', async () => {
  const [maConn] = multiaddrConnectionPair()
  const muxer = yamux()().createStreamMuxer(maConn)
  const opening = Promise.resolve(muxer.createStream())
  const closing = maConn.close()
  expect((await opening).status).toBe('aborted')
  await closing
})
