/**
 * The patches of libp2p's transports (docs/adr/0009): what is written together crosses as one message, a reader asks for more only when half
 * of its window is used up, and a connection that is being closed throws nothing that nobody can catch. And one of `@libp2p/utils`
 * (docs/adr/0026). Counted at what the patched files themselves call.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Stream } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'

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

it('a WebSocket is closed with its connection, which ends once', async () => {
  const { webSocketToMaConn } = await load<{ webSocketToMaConn: (init: object) => EventTarget & { abort(error: Error): void } }>('websockets/dist/src/websocket-to-conn.js')
  const closed = Promise.withResolvers<number | undefined>()
  class Refusing extends Sent {
    /** As browsers and Node do. */
    override close (code?: number): void {
      if (code !== undefined && code !== 1000 && code < 3000) throw new DOMException('invalid code', 'InvalidAccessError')
      closed.resolve(code)
    }
  }
  const websocket = new Refusing()
  const connection = webSocketToMaConn({ websocket, log, remoteAddr: multiaddr('/ip4/127.0.0.1/tcp/1/ws'), direction: 'outbound' })
  let ends = 0
  connection.addEventListener('close', () => { ends++ })
  connection.abort(new Error('that was all'))
  await closed.promise
  websocket.dispatchEvent(Object.assign(new Event('close'), { wasClean: false, code: 1006 }))
  expect(ends).toBe(1)
})

it('a decoder of frames looks for no further frame when nothing is left, which it would learn by an error', async () => {
  interface Decoder { decode(piece: Uint8Array): Iterable<{ subarray(): Uint8Array }> }
  interface Decoders { LengthPrefixedDecoder: new (init: object) => Decoder }
  const { LengthPrefixedDecoder } = await load<Decoders>('utils/dist/src/length-prefixed-decoder.js')
  let looked = 0
  const lengthDecoder = (bytes: Uint8ArrayList): number => {
    looked++
    if (bytes.length === 0) throw new RangeError('nothing there')
    return bytes.get(0)
  }
  const decoder = new LengthPrefixedDecoder({ lengthDecoder, encodingLength: () => 1 })
  const decode = (...bytes: number[]): Uint8Array[] =>
    [...decoder.decode(Uint8Array.from(bytes))].map((frame) => frame.subarray())
  expect([decode(2, 5, 6, 1, 7), decode(1), decode(8)]).toEqual([[Uint8Array.of(5, 6), Uint8Array.of(7)], [], [Uint8Array.of(8)]])
  expect(looked).toBe(4)
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

describe('a connection that is being closed', () => {
  interface Muxer { status: string, createStream(options: object): Promise<Stream>, abort(error: Error): void }
  /** A multiplexed connection in the moment after `close` was called, and the errors that nobody caught. */
  function closing (): { muxer: Muxer, receive: (bytes: Uint8Array) => void, uncaught: unknown[], stop: () => void } {
    const [local] = multiaddrConnectionPair()
    const muxer = yamux()().createStreamMuxer(local) as unknown as Muxer
    const uncaught: unknown[] = []
    const onUncaught = (error: unknown): void => { uncaught.push(error) }
    process.on('uncaughtException', onUncaught)
    local.close().catch(() => undefined)
    return {
      muxer, uncaught,
      receive: (bytes) => (local as unknown as { onData(bytes: Uint8Array): void }).onData(bytes),
      stop: () => { process.off('uncaughtException', onUncaught) }
    }
  }

  it('ends a stream that is opened on it, and throws nothing past whoever opens it', async () => {
    const { muxer, uncaught, stop } = closing()
    const stream = await muxer.createStream({})
    await expect.poll(() => stream.status).not.toBe('open')
    await new Promise((resolve) => { setImmediate(resolve) })
    stop()
    expect(uncaught).toEqual([])
  })

  it('can be aborted', () => {
    const { muxer, stop } = closing()
    expect(() => muxer.abort(new Error('enough'))).not.toThrow()
    stop()
  })

  it('takes noise that still comes as the end, and throws nothing past anybody', async () => {
    const { muxer, receive, uncaught, stop } = closing()
    receive(new Uint8Array(64).fill(0xff))
    await expect.poll(() => muxer.status).toBe('closed')
    await new Promise((resolve) => { setImmediate(resolve) })
    stop()
    expect(uncaught).toEqual([])
  })
})
