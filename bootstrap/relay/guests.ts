/** Who is connected, and with which passport: what relaying, rendezvous, gossip and the mailbox are bought with. */
import type { Connection, PeerId } from '@libp2p/interface'
import type { PassportClaims } from '#shared/http/passport.ts'
import type { DeviceKey } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { matchProtocol, PROTOCOL, type ProtocolRange } from '#shared/protocol.ts'
import { decodeHello, encodeFirstHello, encodeHello } from '#shared/wire/hello.ts'
import { toDeviceKey } from '#shared/wire/peer-id.ts'
import type { RelayLibp2p } from './libp2p.ts'

/** Longer than a hello through the slowest link, and than refreshing an expired passport over HTTP. */
const PASSPORT_DEADLINE_MS = 30_000
const HELLO_TIMEOUT_MS = 10_000

export interface Guests {
  /** Claims of the passport that a connected device has shown; null when it showed none, or when it has expired since. */
  claimsOf(device: DeviceKey): PassportClaims | null
  /** Answers a hello. Rejects on what is none. */
  greet(stream: FrameStream, device: DeviceKey): Promise<void>
  stop(): void
}

export function createGuests ({ libp2p, verifyPassport, deadlineMs = PASSPORT_DEADLINE_MS, protocol = PROTOCOL, log }: {
  libp2p: RelayLibp2p
  verifyPassport: (jwt: string, device: DeviceKey) => Promise<PassportClaims | null>
  /** Whoever has shown no passport by then is disconnected. */
  deadlineMs?: number
  protocol?: ProtocolRange
  log?: { info(details: object, message: string): void }
}): Guests {
  const claims = new Map<DeviceKey, PassportClaims>()
  const deadlines = new Set<NodeJS.Timeout>()

  const claimsOf = (device: DeviceKey): PassportClaims | null => {
    const shown = claims.get(device)
    return shown !== undefined && shown.exp * 1000 > Date.now() ? shown : null
  }
  const onOpen = ({ detail: connection }: CustomEvent<Connection>): void => {
    const timer = setTimeout(() => {
      deadlines.delete(timer)
      const device = toDeviceKey(connection.remotePeer)
      if (connection.status === 'open' && (device === null || claimsOf(device) === null)) connection.abort(new Error('no passport was shown'))
    }, deadlineMs)
    deadlines.add(timer)
  }
  const onDisconnect = ({ detail: peer }: CustomEvent<PeerId>): void => {
    const device = toDeviceKey(peer)
    if (device !== null) claims.delete(device)
  }
  libp2p.addEventListener('connection:open', onOpen)
  libp2p.addEventListener('peer:disconnect', onDisconnect)

  return {
    claimsOf,
    async greet (stream, device) {
      const frame = await stream.receive({ timeoutMs: HELLO_TIMEOUT_MS })
      if (frame === null) return
      const { passport, protocol: theirs, isFirstForm } = decodeHello(frame)
      const match = matchProtocol(protocol, theirs)
      // Our versions in the response are the reason: the client tells its user which of the two is too old.
      if (match !== 'meets') log?.info({ theirs, ours: protocol }, `a client was refused: it is ${match === 'peer-too-old' ? 'older' : 'newer'} than this node understands`)
      const verified = passport === null || match !== 'meets' ? null : await verifyPassport(passport, device)
      if (verified === null) claims.delete(device)
      else claims.set(device, verified)
      // Answered only now: the client may use what the passport buys as soon as it hears this.
      await stream.send(isFirstForm ? encodeFirstHello(null) : encodeHello(null, protocol))
      await stream.close()
    },
    stop () {
      for (const timer of deadlines) clearTimeout(timer)
      libp2p.removeEventListener('connection:open', onOpen)
      libp2p.removeEventListener('peer:disconnect', onDisconnect)
    }
  }
}
