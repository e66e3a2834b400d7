/**
 * Every limit of the node in one table: what is bounded, for whom, how much, and why that much. `docs/SECURITY.md` shows the same table, and
 * `/metrics` counts refusals by the names used here. Bounds that clients and node share (sizes of messages, names, rooms) are in
 * `shared/limits.ts`.
 */

/** Whom a limit counts. An address is an IPv4 address or an IPv6 network (see `address-keys.ts`). */
export type Subject = 'address' | 'device' | 'account' | 'connection' | 'mailbox' | 'mail domain' | 'room' | 'node'

export type LimitEntry =
  /** A token bucket: `burst` at once, then `perSecond`. */
  | { kind: 'rate', subject: Subject, burst: number, perSecond: number, what: string, why: string }
  /** So many at the same time. */
  | { kind: 'held', subject: Subject, max: number, what: string, why: string }
  /** So many of `unit` in one piece, or in all. */
  | { kind: 'size', subject: Subject, max: number, unit: 'bytes' | 'rows' | 'ms', what: string, why: string }

const MiB = 1024 * 1024
const perMinute = (count: number): number => count / 60
const perHour = (count: number): number => count / 3600

export const LIMITS = {
  // HTTP
  'http-calls': {
    kind: 'rate', subject: 'address', burst: 1200, perSecond: perMinute(1200), what: 'calls of /v1',
    why: 'An office of a hundred people behind one address that reloads at once.'
  },
  'device-calls': {
    kind: 'rate', subject: 'device', burst: 300, perSecond: perMinute(300), what: 'calls of /v1 with a passport',
    why: 'A client at its busiest, after a long absence, makes about thirty.'
  },
  'name-changes': {
    kind: 'rate', subject: 'device', burst: 20, perSecond: perHour(20), what: 'display names taken',
    why: 'Everyone sees each change.'
  },
  // Raw connections
  'header-time': {
    kind: 'size', subject: 'connection', max: 15_000, unit: 'ms', what: 'time until the headers of a request are complete',
    why: 'They fit into one or two packets; this is several retransmissions on the slowest link.'
  },
  'upgrades': {
    kind: 'rate', subject: 'address', burst: 600, perSecond: 20, what: 'WebSocket upgrades',
    why: 'Three hundred people behind one address whose network comes back, each of whom tries twice.'
  },
  'sockets': {
    kind: 'held', subject: 'address', max: 1000, what: 'open WebSockets',
    why: 'A large office or a school behind one address, with a few devices each.'
  },
  'pending-sockets': {
    kind: 'held', subject: 'address', max: 200, what: 'WebSockets that have not completed Noise and hello',
    why: 'A handshake takes well under a second, so this many are on their way only after an outage; more wait for their turn.'
  },
  'node-sockets': {
    kind: 'held', subject: 'node', max: 5000, what: 'open WebSockets of all addresses',
    why: 'Measured with 1000 devices on two cores; each costs one descriptor and about 100 kB.'
  },
  'socket-backlog': {
    kind: 'size', subject: 'connection', max: 4 * MiB, unit: 'bytes', what: 'bytes that wait for a device that does not read',
    why: 'Streams stop at their windows well before; only answers to its own pings and requests get here.'
  },
  'websocket-frame': {
    kind: 'size', subject: 'connection', max: 1 * MiB + 64 * 1024, unit: 'bytes', what: 'one WebSocket message',
    why: 'Noise packets are at most 64 KiB and are written together up to 1 MiB.'
  },
  // Before a passport was shown
  'guest-time': {
    kind: 'size', subject: 'connection', max: 30_000, unit: 'ms', what: 'time until a passport has to be shown',
    why: 'Longer than a hello over the slowest link, and than refreshing an expired passport over HTTP.'
  },
  'guest-bytes': {
    kind: 'size', subject: 'connection', max: 64 * 1024, unit: 'bytes', what: 'bytes received before a passport was shown',
    why: 'Noise, multistream, identify and a hello are below 8 kB.'
  }
} as const satisfies Record<string, LimitEntry>

export type LimitName = keyof typeof LIMITS
type Named<Kind extends LimitEntry['kind']> = { [Name in LimitName]: (typeof LIMITS)[Name]['kind'] extends Kind ? Name : never }[LimitName]
export type RateName = Named<'rate'>
export type HeldName = Named<'held'>
