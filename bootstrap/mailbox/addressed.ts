/**
 * The node's side of `/parley/addressed/1`: passes an unstored frame of a room on to the one device it is for, and counts for authors in
 * large rooms how many devices hold what they wrote. One stream per device, opened by the device and kept for as long as it is connected.
 *
 * Flow: frame → limits → sender and recipient are in the room → the recipient's stream, as it came. Nothing is stored, nothing is opened,
 * and whether it arrived is not told: what is lost is learned by sync.
 */
import type { AccountId, DeviceKey, RoomTag } from '#shared/ids.ts'
import { decodeAddressed, encodeAddressed, type AddressedMessage } from '#shared/wire/addressed.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import type { Limiter } from '../limits/index.ts'
import type { Holders } from './holders.ts'

export interface Addressed {
  /** Serves one device until it goes. Rejects on frames that are not of the protocol. */
  serve: (stream: FrameStream, device: DeviceKey) => Promise<void>
}

/** Receipts of one message come from everybody at once: what waits this long for a device leaves in one write. Less than anybody sees. */
const GATHER_MS = 50

interface Client { stream: FrameStream, waitingBytes: number, outbox: Uint8Array[] }

export function createAddressed ({ limiter, holders, accountOf, isMember, isThere }: {
  limiter: Limiter
  holders: Holders
  /** Null for a device without a passport. */
  accountOf: (device: DeviceKey) => AccountId | null
  /** The device has a passport, is registered in the room and has proved access to it. */
  isMember: (room: RoomTag, device: DeviceKey) => boolean
  /** The device is registered in the room. */
  isThere: (room: RoomTag, device: DeviceKey) => boolean
}): Addressed {
  const clients = new Map<DeviceKey, Client>()

  const send = (client: Client, bytes: Uint8Array): void => {
    // RULE: a device that does not read costs the node this much and no more.
    if (client.waitingBytes + bytes.length > limiter.max('addressed-backlog')) {
      limiter.refuse('addressed-backlog')
      return
    }
    client.waitingBytes += bytes.length
    if (client.outbox.push(bytes) === 1) setTimeout(flush, GATHER_MS, client)
  }

  const flush = (client: Client): void => {
    const frames = client.outbox.splice(0)
    const bytes = frames.reduce((sum, { length }) => sum + length, 0)
    client.stream.send(...frames).then(() => { client.waitingBytes -= bytes }, (error: unknown) =>
      client.stream.abort(error instanceof Error ? error : new Error('the device does not read')))
  }

  const isWithinLimits = (device: DeviceKey, account: AccountId): boolean =>
    limiter.take('addressed-frames', device) && limiter.take('addressed-frames-of-account', account)

  const handle = (client: Client, device: DeviceKey, message: AddressedMessage, bytes: Uint8Array): void => {
    const account = accountOf(device)
    if (account === null) return
    switch (message.type) {
      case 'frame': {
        if (!isWithinLimits(device, account) || !isMember(message.room, device) || !isThere(message.room, message.device)) return
        const recipient = clients.get(message.device)
        if (recipient !== undefined) send(recipient, bytes)
        return
      }
      case 'have':
        if (isWithinLimits(device, account) && isMember(message.room, device)) holders.record(message.room, { device, account }, message.logs)
        return
      case 'count':
        if (!limiter.take('holder-counts', device) || !isMember(message.room, device)) return
        send(client, encodeAddressed({ type: 'counted', request: message.request, devices: holders.count(message.room, message, { device, account }) }))
        return
      default:
    }
  }

  return {
    async serve (stream, device) {
      const client: Client = { stream, waitingBytes: 0, outbox: [] }
      const before = clients.get(device)
      clients.set(device, client)
      before?.stream.abort(new Error('the device has opened another stream'))
      try {
        for (;;) {
          const bytes = await stream.receive({ timeoutMs: null })
          if (bytes === null) return
          handle(client, device, decodeAddressed(bytes), bytes)
        }
      } finally {
        if (clients.get(device) === client) clients.delete(device)
        await stream.close()
      }
    }
  }
}
