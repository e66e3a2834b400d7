import { expect, it } from 'vitest'
import type { AccountId, DeviceKey, DevTag, RoomTag } from '#shared/ids.ts'
import { decodeAddressed, encodeAddressed, type AddressedMessage } from '#shared/wire/addressed.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { createLimiter, type LimitChanges } from '../limits/index.ts'
import { createAddressed } from './addressed.ts'
import { createHolders } from './holders.ts'

const room = '11'.repeat(16) as RoomTag
const cellar = '12'.repeat(16) as RoomTag
const log = '33'.repeat(16) as DevTag
const [alice, bob, carol] = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32) as DeviceKey) as [DeviceKey, DeviceKey, DeviceKey]

/** A node with Alice, Bob and Carol in the kitchen, of whom `strangers` have proved nothing; nobody is in the cellar. */
function openNode ({ changes = {}, strangers = [], accountOf = (device) => device as string as AccountId }: {
  changes?: LimitChanges
  strangers?: DeviceKey[]
  accountOf?: (device: DeviceKey) => AccountId | null
} = {}) {
  const limiter = createLimiter({ changes, now: () => 0 })
  const holders = createHolders({ maxPositions: limiter.max('holder-positions'), maxPerAccount: limiter.max('holder-positions-of-account'), refuse: () => limiter.refuse('holder-positions') })
  const node = createAddressed({
    limiter, holders, accountOf,
    isMember: (tag, device) => tag === room && !strangers.includes(device),
    isThere: (tag) => tag === room
  })
  const connect = (device: DeviceKey, options: Parameters<typeof createFramePair>[0] = {}): FrameStream & { ended: Promise<unknown> } => {
    const pair = createFramePair(options)
    const ended = node.serve(pair.b, device).then(() => null, (error: unknown) => {
      pair.b.abort(error as Error)
      return error
    })
    return Object.assign(pair.a, { ended })
  }
  return { connect, limiter }
}

const frameTo = (device: DeviceKey, what = 7, tag = room): Uint8Array<ArrayBuffer> =>
  encodeAddressed({ type: 'frame', room: tag, device, frame: Uint8Array.of(what) })
const next = async (stream: FrameStream): Promise<AddressedMessage> => {
  const bytes = await stream.receive({ timeoutMs: 2000 })
  if (bytes === null) throw new Error('the stream is closed')
  return decodeAddressed(bytes)
}
/** What a device has got when everything before was handled: the node responds in order. */
const untilHandled = async (stream: FrameStream, request: number): Promise<AddressedMessage[]> => {
  await stream.send(encodeAddressed({ type: 'count', request, room, devTag: log, seq: 1 }))
  const got: AddressedMessage[] = []
  for (;;) {
    const message = await next(stream)
    if (message.type === 'counted' && message.request === request) return got
    got.push(message)
  }
}

it('a frame reaches the device it is for, as it was sent, and nobody else', async () => {
  const { connect } = openNode()
  const [fromBob, toAlice, toCarol] = [connect(bob), connect(alice), connect(carol)]
  await fromBob.send(frameTo(alice))
  expect(await next(toAlice)).toEqual({ type: 'frame', room, device: alice, frame: Uint8Array.of(7) })
  await untilHandled(fromBob, 1)
  expect(await untilHandled(toCarol, 2)).toEqual([])
})

it.each<[string, DeviceKey[], RoomTag]>([
  ['who has not proved to belong to the room', [bob], room],
  ['to a room that the recipient is not in', [], cellar]
])('a frame of somebody %s goes nowhere', async (_, strangers, tag) => {
  const { connect } = openNode({ strangers })
  const [fromBob, toAlice, fromCarol] = [connect(bob), connect(alice), connect(carol)]
  await fromBob.send(frameTo(alice, 1, tag))
  await fromCarol.send(frameTo(bob, 2))
  // The node has read what Bob sent before he gets what came later.
  expect(await next(fromBob)).toMatchObject({ frame: Uint8Array.of(2) })
  expect(await untilHandled(toAlice, 1)).toEqual([])
})

it('to a device that is not there a frame is dropped, and the sender goes on', async () => {
  const { connect } = openNode()
  const [fromBob, toAlice] = [connect(bob), connect(alice)]
  await fromBob.send(frameTo(carol))
  await fromBob.send(frameTo(alice))
  expect(await next(toAlice)).toMatchObject({ device: alice })
})

it('a device that sends more than its limit is cut to it, whatever streams it opens', async () => {
  const { connect, limiter } = openNode({ changes: { 'addressed-frames': { burst: 3, perSecond: 0 } } })
  const toAlice = connect(alice)
  for (const open of [() => connect(bob), () => connect(bob)]) {
    const fromBob = open()
    for (let nth = 0; nth < 3; nth++) await fromBob.send(frameTo(alice, nth))
    await untilHandled(fromBob, 1)
  }
  expect(await untilHandled(toAlice, 2)).toHaveLength(3)
  expect(limiter.refusals.get('addressed-frames')).toBe(3)
})

it('devices of one account share a limit, and another account is served as before', async () => {
  const changes: LimitChanges = { 'addressed-frames-of-account': { burst: 3, perSecond: 0 } }
  const { connect, limiter } = openNode({ changes, accountOf: (device) => (device === carol ? 'hers' : 'theirs') as AccountId })
  const [toAlice, fromBob, fromCarol] = [connect(alice), connect(bob), connect(carol)]
  for (const [at, stream] of [toAlice, fromBob].entries()) {
    for (let nth = 0; nth < 2; nth++) await stream.send(frameTo(carol, nth))
    await untilHandled(stream, at)
  }
  expect(await untilHandled(fromCarol, 2)).toHaveLength(3)
  expect(limiter.refusals.get('addressed-frames-of-account')).toBe(1)
  await fromCarol.send(frameTo(alice))
  expect(await next(toAlice)).toMatchObject({ device: alice })
})

it('a device without a passport sends nothing to anybody, and is told nothing', async () => {
  const { connect } = openNode({ accountOf: (device) => device === bob ? null : device as string as AccountId })
  const [fromBob, toAlice] = [connect(bob), connect(alice)]
  await fromBob.send(frameTo(alice))
  await expect(untilHandled(fromBob, 1)).rejects.toThrow()
  expect(await untilHandled(toAlice, 2)).toEqual([])
})

it('a device that does not read costs the node its backlog and no more, and the others hear on', async () => {
  const { connect, limiter } = openNode({ changes: { 'addressed-backlog': { max: 1000 } } })
  connect(alice, { bufferBytes: 1 })
  const [fromBob, toCarol] = [connect(bob), connect(carol)]
  for (let nth = 0; nth < 50; nth++) await fromBob.send(frameTo(alice, nth))
  await fromBob.send(frameTo(carol))
  expect(await next(toCarol)).toMatchObject({ device: carol })
  expect(limiter.refusals.get('addressed-backlog')).toBeGreaterThan(30)
})

it('the newest stream of a device is the one that counts', async () => {
  const { connect } = openNode()
  const [before, fromBob] = [connect(alice), connect(bob)]
  const after = connect(alice)
  expect(await before.ended).toBeInstanceOf(Error)
  await fromBob.send(frameTo(alice))
  expect(await next(after)).toMatchObject({ device: alice })
})

it('bytes that are no frame end the stream of who sent them, and no other', async () => {
  const { connect } = openNode()
  const [fromBob, toAlice, fromCarol] = [connect(bob), connect(alice), connect(carol)]
  await fromBob.send(Uint8Array.of(1, 2, 3))
  expect(await fromBob.ended).toMatchObject({ name: 'WireError' })
  await fromCarol.send(frameTo(alice))
  expect(await next(toAlice)).toMatchObject({ device: alice })
})

it('an author learns how many other devices hold a message, and nobody is told which', async () => {
  const { connect } = openNode({ strangers: [carol] })
  const [fromAlice, fromBob, fromCarol] = [connect(alice), connect(bob), connect(carol)]
  const count = async (seq: number, request: number): Promise<AddressedMessage> => {
    await fromAlice.send(encodeAddressed({ type: 'count', request, room, devTag: log, seq }))
    return await next(fromAlice)
  }
  expect(await count(5, 1)).toEqual({ type: 'counted', request: 1, devices: 0 })
  for (const stream of [fromAlice, fromBob, fromCarol]) await stream.send(encodeAddressed({ type: 'have', room, logs: [{ devTag: log, seq: 5 }] }))
  await untilHandled(fromBob, 1)
  // Alice's own device is not counted, nor Carol's word, who has proved nothing.
  expect(await count(5, 2)).toEqual({ type: 'counted', request: 2, devices: 1 })
  expect(await count(6, 3)).toEqual({ type: 'counted', request: 3, devices: 0 })
})
