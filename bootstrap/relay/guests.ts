/**
 * Who is connected, and with which passport: what relaying, rendezvous, gossip and the mailbox are bought with. A device without one is a
 * guest: it has so many streams and so much time to show one. A device whose passport ends, by its time or because it was signed out, is
 * disconnected, and with the connection ends everything that ran over it.
 */
import type { Connection, PeerId } from '@libp2p/interface'
import type { PassportClaims } from '#shared/http/passport.ts'
import type { DeviceKey } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { matchProtocol, PROTOCOL, type ProtocolRange } from '#shared/protocol.ts'
import { decodeHello, encodeFirstHello, encodeHello } from '#shared/wire/hello.ts'
import { toDeviceKey } from '#shared/wire/peer-id.ts'
import type { Limiter } from '../limits/index.ts'
import type { RelayLibp2p } from './libp2p.ts'

const HELLO_TIMEOUT_MS = 10_000
/** The longest time a timer can wait; passports last less, but a clock may be set. */
const TIMER_MAX_MS = 2 ** 31 - 1

export interface Guests {
  /** Claims of the passport that a connected device has shown; null when it showed none, or when it has ended since. */
  claimsOf(device: DeviceKey): PassportClaims | null
  /** Connections of devices that have shown no passport that is valid now. */
  count(): number
  /** Whether the device may use what a passport buys; a promise until it has said hello. */
  admission(connection: Connection): boolean | Promise<boolean>
  /** Responds to a hello. Rejects on what is none. */
  greet(stream: FrameStream, device: DeviceKey): Promise<void>
  /** Disconnects a device that was signed out. @param id the thumbprint that its passport is bound to */
  signOut(id: string): void
  stop(): void
}

interface Visit {
  connection: Connection
  device: DeviceKey
  /** It has said hello, and its passport was not accepted. */
  isRefused: boolean
  /** Settles what waits for the hello. */
  waiting: Set<(isAdmitted: boolean) => void>
  streams: number
  deadline: NodeJS.Timeout | undefined
}

/** A part of libp2p's connection that is not in its public type; `guests.test.ts` fails when it changes. */
interface ConnectionInside { muxer?: { addEventListener(type: 'stream', listener: () => void): void } }

export function createGuests ({ libp2p, verifyPassport, limiter, deadlineMs, onAdmitted, protocol = PROTOCOL, log }: {
  libp2p: RelayLibp2p
  verifyPassport: (jwt: string, device: DeviceKey) => Promise<PassportClaims | null>
  limiter: Limiter
  /** A device that has shown no passport by then is disconnected. */
  deadlineMs: number
  /** A device has shown a valid passport. Runs before the device is told. */
  onAdmitted: (device: DeviceKey) => void
  protocol?: ProtocolRange
  log?: { info(details: object, message: string): void }
}): Guests {
  const shown = new Map<DeviceKey, { claims: PassportClaims, expiry: NodeJS.Timeout }>()
  const visits = new Map<Connection, Visit>()
  /** Hellos whose passport is being checked, with the devices that were signed out meanwhile. */
  const checks = new Set<Set<string>>()

  const claimsOf = (device: DeviceKey): PassportClaims | null => {
    const claims = shown.get(device)?.claims
    return claims !== undefined && claims.exp * 1000 > Date.now() ? claims : null
  }
  const visitsOf = (device: DeviceKey): Visit[] => [...visits.values()].filter((visit) => visit.device === device)

  const forget = (device: DeviceKey): void => {
    clearTimeout(shown.get(device)?.expiry)
    shown.delete(device)
  }
  const disconnect = (device: DeviceKey, reason: string): void => {
    forget(device)
    for (const { connection } of visitsOf(device)) connection.abort(new Error(reason))
  }
  const watchExpiry = (device: DeviceKey, { exp }: PassportClaims): NodeJS.Timeout => setTimeout(() => {
    const entry = shown.get(device)
    if (entry === undefined) return
    if (claimsOf(device) === null) disconnect(device, 'the passport has expired')
    else entry.expiry = watchExpiry(device, entry.claims)
  }, Math.min(Math.max(0, exp * 1000 - Date.now()) + 1, TIMER_MAX_MS))

  const admit = (device: DeviceKey, claims: PassportClaims): void => {
    clearTimeout(shown.get(device)?.expiry)
    shown.set(device, { claims, expiry: watchExpiry(device, claims) })
    for (const visit of visitsOf(device)) {
      clearTimeout(visit.deadline)
      visit.isRefused = false
      settle(visit, true)
    }
    onAdmitted(device)
  }
  const refuse = (device: DeviceKey): void => {
    // Once admitted, a device without a passport has nothing to keep.
    if (shown.has(device)) disconnect(device, 'the passport is not valid any more')
    for (const visit of visitsOf(device)) visit.isRefused = true
  }

  const onOpen = ({ detail: connection }: CustomEvent<Connection>): void => {
    // It may end before it is announced, and then nothing says so later.
    if (connection.status !== 'open') return
    const device = toDeviceKey(connection.remotePeer)
    if (device === null) {
      connection.abort(new Error('unknown kind of key'))
      return
    }
    const visit: Visit = { connection, device, isRefused: false, waiting: new Set(), streams: connection.streams.length, deadline: undefined }
    visits.set(connection, visit)
    if (claimsOf(device) !== null) return
    visit.deadline = setTimeout(() => {
      limiter.refuse('guest-time')
      connection.abort(new Error('no passport was shown'))
    }, deadlineMs)
    ;(connection as ConnectionInside).muxer?.addEventListener('stream', () => {
      if (++visit.streams <= limiter.max('guest-streams') || claimsOf(device) !== null) return
      limiter.refuse('guest-streams')
      connection.abort(new Error('too many streams without a passport'))
    })
  }
  const onClose = ({ detail: connection }: CustomEvent<Connection>): void => {
    const visit = visits.get(connection)
    if (visit === undefined) return
    visits.delete(connection)
    clearTimeout(visit.deadline)
    settle(visit, false)
  }
  const onDisconnect = ({ detail: peer }: CustomEvent<PeerId>): void => {
    const device = toDeviceKey(peer)
    if (device !== null) forget(device)
  }
  libp2p.addEventListener('connection:open', onOpen)
  libp2p.addEventListener('connection:close', onClose)
  libp2p.addEventListener('peer:disconnect', onDisconnect)

  const check = async (passport: string, device: DeviceKey): Promise<PassportClaims | null> => {
    const signedOut = new Set<string>()
    checks.add(signedOut)
    try {
      const claims = await verifyPassport(passport, device)
      return claims === null || signedOut.has(claims.cnf.jkt) || claims.exp * 1000 <= Date.now() ? null : claims
    } finally {
      checks.delete(signedOut)
    }
  }

  return {
    claimsOf,
    count: () => [...visits.values()].filter(({ device }) => claimsOf(device) === null).length,
    admission (connection) {
      const visit = visits.get(connection)
      if (visit === undefined || visit.isRefused) return false
      if (claimsOf(visit.device) !== null) return true
      return new Promise((resolve) => { visit.waiting.add(resolve) })
    },
    async greet (stream, device) {
      const frame = await stream.receive({ timeoutMs: HELLO_TIMEOUT_MS })
      if (frame === null) return
      const { passport, protocol: theirs, isFirstForm } = decodeHello(frame)
      const match = matchProtocol(protocol, theirs)
      // Our versions in the response are the reason: the client tells its user which of the two is too old.
      if (match !== 'meets') log?.info({ theirs, ours: protocol }, `a client was refused: it is ${match === 'peer-too-old' ? 'older' : 'newer'} than this node understands`)
      const claims = passport === null || match !== 'meets' ? null : await check(passport, device)
      if (claims === null) refuse(device)
      else admit(device, claims)
      // Sent only now: the client may use what the passport buys as soon as it hears this.
      await stream.send(isFirstForm ? encodeFirstHello(null) : encodeHello(null, protocol))
      await stream.close()
    },
    signOut (id) {
      for (const signedOut of checks) signedOut.add(id)
      for (const [device, { claims }] of [...shown]) if (claims.cnf.jkt === id) disconnect(device, 'the device was signed out')
    },
    stop () {
      for (const { deadline } of visits.values()) clearTimeout(deadline)
      for (const { expiry } of shown.values()) clearTimeout(expiry)
      libp2p.removeEventListener('connection:open', onOpen)
      libp2p.removeEventListener('connection:close', onClose)
      libp2p.removeEventListener('peer:disconnect', onDisconnect)
    }
  }
}

function settle ({ waiting }: Visit, isAdmitted: boolean): void {
  for (const resolve of waiting) resolve(isAdmitted)
  waiting.clear()
}
