/** Both halves of a session over one stream: one reader hands each message to the half it is for. */
import type { DeviceKey, DevTag } from '../../ids.ts'
import { WireError } from '../cbor.ts'
import { concat, decodeEnvelope, encodeEnvelope, sha256, verifyEnvelope, type Envelope } from '../envelope.ts'
import { SyncRefused, SyncTimeout, type Channel, type Received } from './channel.ts'
import { checkRun } from './check-run.ts'
import type { Fork } from './messages.ts'
import type { RemoteLog } from './plan.ts'
import { createPull } from './pull.ts'
import { createPush } from './push.ts'
import type { LogRange, Replica } from './replica.ts'
import type { SyncOptions, SyncRoom } from './room.ts'

/** One proof per device is enough; more than this in one session is abuse. */
const FORKS_MAX = 16

export interface Transferred {
  claimed: ReadonlyMap<DevTag, RemoteLog>
  acknowledged: ReadonlyMap<DevTag, readonly LogRange[]>
  sentEntries: number
  receivedEntries: number
  withheld: boolean
}

/** Resolves when neither side wants anything more and all that was sent is acknowledged. Rejects as `runSync` says. */
export async function transfer ({ channel, room, claimed, onProgress }: {
  channel: Channel
  room: SyncRoom
  /** What the other side claims to hold in the buckets that differ. */
  claimed: ReadonlyMap<DevTag, RemoteLog>
  onProgress: SyncOptions['onProgress']
}): Promise<Transferred> {
  const { replica } = room
  const push = createPush(channel, replica)
  const pull = createPull({
    channel,
    replica,
    claimed,
    accepts: room.accepts ?? (() => true),
    unwanted: room.unwanted ?? (() => []),
    check: room.checkRun ?? checkRun,
    onProgress,
    onFork: async (held, other, device) => {
      replica.reportFork(held, other, device)
      await channel.send({ type: 'fork', device, first: await withoutBody(held), second: await withoutBody(other) })
    }
  })
  const over = Promise.withResolvers<undefined>()
  let hasPulled = false, isRemoteDone = false, forks = 0
  const finish = (): void => {
    if (hasPulled && isRemoteDone && push.isIdle()) over.resolve(undefined)
  }

  async function handle ({ message, frame }: Received): Promise<void> {
    switch (message.type) {
      case 'want':
        if (isRemoteDone) throw new WireError('unexpected-want')
        push.handleWant(message).then(finish, over.reject)
        break
      case 'ack': push.handleAck(message.bytes); break
      case 'run': pull.handleRun(message, frame); break
      case 'end': pull.handleEnd(); break
      case 'done': isRemoteDone = true; break
      case 'fork':
        if (++forks > FORKS_MAX) throw new WireError('too-many-forks')
        await channel.work(async () => await takeFork(replica, message))
        break
      case 'error': throw new SyncRefused(message.code, 'remote')
      default: throw new WireError('unexpected-message')
    }
    finish()
  }

  async function read (): Promise<void> {
    for (;;) await handle(await channel.receive())
  }

  async function ask (): Promise<void> {
    await pull.run()
    await channel.send({ type: 'done' })
    hasPulled = true
    finish()
  }

  let withheld = false
  read().catch(over.reject)
  ask().catch(over.reject)
  try {
    await over.promise
  } catch (error) {
    // Whoever claims and then falls silent withholds: what came is kept, and the caller asks somebody else.
    if (!(error instanceof SyncTimeout && pull.isWaiting)) throw error
    withheld = true
  } finally {
    const stopped = new Error('the session has ended')
    push.stop(stopped)
    pull.stop(stopped)
  }
  return {
    claimed,
    acknowledged: push.acknowledged,
    sentEntries: push.sentEntries,
    receivedEntries: pull.receivedEntries,
    withheld: withheld || pull.withheld
  }
}

/** For proof, the body's hash does: the id is over it, and the signature over the id. */
async function withoutBody (envelope: Envelope): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = envelope
  const erased = 'erasedHash' in body ? body : { erasedHash: await sha256(concat(body.nonce, body.ciphertext)) }
  return encodeEnvelope({ ...envelope, body: erased })
}

async function takeFork (replica: Replica, { device, first, second }: Fork & { device: DeviceKey }): Promise<void> {
  const [one, other] = await Promise.all([first, second].map(async (bytes) => await verifyEnvelope(await decodeEnvelope(bytes), device)))
  if (one?.header.roomTag !== replica.roomTag || other?.header.roomTag !== replica.roomTag || one.header.seq !== other.header.seq ||
      one.id === other.id) throw new WireError('malformed-fork')
  replica.reportFork(one, other, device)
}
