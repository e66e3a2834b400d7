/**
 * Every limit of the node in one table: what is bounded, for whom, how much, and why that much. `docs/LIMITS.md` shows the same table, and
 * `/metrics` counts refusals by the names used here. Bounds that clients and node share (sizes of messages, names, rooms) are in
 * `shared/limits.ts`.
 */

/** Whom a limit counts. An address is an IPv4 address or an IPv6 network (see `address-keys.ts`). */
export type Subject = 'address' | 'device' | 'account' | 'connection' | 'mailbox' | 'mail domain' | 'room' | 'node'

export type LimitEntry =
  /** A token bucket: `burst` at once, then `perSecond`. */
  | { kind: 'rate', subject: Subject, burst: number, perSecond: number, unit?: 'bytes', what: string, why: string }
  /** So many at the same time. */
  | { kind: 'held', subject: Subject, max: number, what: string, why: string }
  /** So many of `unit` in one piece, or in all. */
  | { kind: 'size', subject: Subject, max: number, unit: 'bytes' | 'rows' | 'ms' | 'accounts' | 'tries', what: string, why: string }

const MiB = 1024 * 1024
const GiB = 1024 * MiB
const perMinute = (count: number): number => count / 60
const perHour = (count: number): number => count / 3600

export const LIMITS = {
  // HTTP
  'requests': {
    kind: 'rate', subject: 'address', burst: 6000, perSecond: 50, what: 'HTTP requests of any path, files of the web client among them',
    why: 'An office of a hundred people behind one address that load the page at once, with up to forty files each, and half as many again.'
  },
  'requests-in-flight': {
    kind: 'held', subject: 'address', max: 600, what: 'HTTP requests that are not answered yet, or whose response is not read yet',
    why: 'A hundred browsers with six connections each. A response that is read is in flight for milliseconds.'
  },
  'file-bytes': {
    kind: 'rate', subject: 'address', burst: 1 * GiB, perSecond: 10 * MiB, unit: 'bytes', what: 'bytes of files of the web client',
    why: 'A hundred people who load everything there is, 9 MB of it uncompressed. Browsers keep what they have loaded.'
  },
  'request-time': {
    kind: 'size', subject: 'connection', max: 30_000, unit: 'ms', what: 'time until a request is complete, with its body',
    why: 'The largest body, a backup of 1.4 MB, over a line of 400 kbit/s.'
  },
  'request-body': {
    kind: 'size', subject: 'connection', max: 16 * 1024, unit: 'bytes', what: 'body of a request; backups and sealed welcomes have more',
    why: 'Most calls take a short form.'
  },
  'response-pause': {
    kind: 'size', subject: 'connection', max: 45_000, unit: 'ms', what: 'time in which nothing of a response is read, or nothing happens at all',
    why: 'The system takes more of a response as soon as about 1.3 MB of it are read, which takes 41 s over a line of 256 kbit/s.'
  },
  'response-time': {
    kind: 'size', subject: 'connection', max: 360_000, unit: 'ms', what: 'time until a response is read, from its request on',
    why: 'The largest file of the web client, 9 MB uncompressed, over a line of 256 kbit/s, and a quarter more.'
  },
  'idle-time': {
    kind: 'size', subject: 'connection', max: 8000, unit: 'ms', what: 'time until the next request on a connection; that of a trusted proxy may wait for 72 s',
    why: 'The requests of a page follow one another within a second or two, and a new connection costs a round trip.'
  },
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
  // Sign-in; how likely a guess is with these numbers is worked out in auth/codes.ts
  'sign-in-calls': {
    kind: 'rate', subject: 'address', burst: 120, perSecond: perMinute(12), what: 'calls that ask for a code or try one',
    why: 'An office of forty people on its first day, each of whom tries three times.'
  },
  'asker-mails': {
    kind: 'rate', subject: 'address', burst: 10, perSecond: perHour(6 / 24), what: 'codes mailed to one mailbox',
    why: 'Half of what all strangers together have, so that no single one uses it up.'
  },
  'mailbox-mails': {
    kind: 'rate', subject: 'mailbox', burst: 20, perSecond: perHour(12 / 24),
    what: 'codes mailed for all who have not signed in there before; for each device and address that has, as many again',
    why: 'Someone who finds no mail tries a few times on a few devices. More floods the mailbox, and each code can be guessed at.'
  },
  'domain-mails': {
    kind: 'rate', subject: 'mail domain', burst: 500, perSecond: perHour(500), what: 'codes mailed for strangers',
    why: 'A school that signs up within the hour. More makes the provider take the node for a sender of spam.'
  },
  'node-mails': {
    kind: 'rate', subject: 'node', burst: 2000, perSecond: perHour(2000), what: 'codes mailed for strangers',
    why: 'What an ordinary mail account may send.'
  },
  'mailbox-guesses': {
    kind: 'rate', subject: 'mailbox', burst: 20, perSecond: perHour(12 / 24),
    what: 'wrong codes tried by all who have not signed in there before; by each device and address that has, as many again',
    why: 'Someone mistypes a few times. When they are used up, each code can still be tried once.'
  },
  'unbound-guesses': {
    kind: 'size', subject: 'mailbox', max: 20, unit: 'tries', what: 'tries of a code that was asked for without a device proof',
    why: 'Four devices that each try as often as they may.'
  },
  'guess-pause': {
    kind: 'size', subject: 'device', max: 30_000, unit: 'ms', what: 'pause after a code whose tries were used up, doubled with each further one',
    why: 'As long as the next code takes to be sent anyway.'
  },
  'guess-pause-longest': {
    kind: 'size', subject: 'device', max: 3_600_000, unit: 'ms', what: 'longest such pause',
    why: 'Longer would punish the person whose device it is more than it slows a guesser, who has other devices.'
  },
  'passes': {
    kind: 'rate', subject: 'account', burst: 10, perSecond: perHour(5 / 24), what: 'passes for invite links, where an account takes an invitation',
    why: 'Someone who brings several circles to the node on one day.'
  },
  'pass-uses': {
    kind: 'size', subject: 'account', max: 50, unit: 'accounts', what: 'new accounts by one pass',
    why: 'A class or a club that is sent one link.'
  },
  'pass-life': {
    kind: 'size', subject: 'account', max: 30 * 86_400_000, unit: 'ms', what: 'life of a pass',
    why: 'As long as a link can be of use while nobody is there.'
  },
  'proofs': {
    kind: 'size', subject: 'node', max: 200_000, unit: 'rows', what: 'used proofs that are remembered for their ten minutes',
    why: 'About 60 MB of memory. The oldest of the account with the most is forgotten first, and what is as old as that is refused from this account.'
  },
  'proofs-of-device': {
    kind: 'size', subject: 'device', max: 3500, unit: 'rows', what: 'used proofs that are remembered',
    why: 'As many calls as a device may make in ten minutes. More are refused.'
  },
  'proofs-of-account': {
    kind: 'size', subject: 'account', max: 10_500, unit: 'rows', what: 'used proofs that are remembered for all devices of an account; as many for an address before sign-in',
    why: 'Three devices at their own limit.'
  },
  // What is kept
  'mailbox-bytes': {
    kind: 'size', subject: 'account', max: 256 * MiB, unit: 'bytes', what: 'entries and logs that an account has brought, as they lie on disk',
    why: 'Years of text, and a bound for an abuser. Set by QUOTA_MB.'
  },
  'mailbox-rows': {
    kind: 'size', subject: 'account', max: 400_000, unit: 'rows', what: 'entries and logs that an account has brought',
    why: 'A hundred messages a day for ten years. Counting them again after entries have expired takes a fifth of a second.'
  },
  'mailbox-rooms': {
    kind: 'size', subject: 'account', max: 500, unit: 'rows', what: 'rooms registered at the mailbox, each by who first synced it there',
    why: 'More than anybody makes.'
  },
  'room-logs': {
    kind: 'size', subject: 'room', max: 4000, unit: 'rows', what: 'logs kept, one for each device that has ever written',
    why: '500 members with several devices over the years.'
  },
  'sync-sessions': {
    kind: 'held', subject: 'device', max: 16, what: 'sync sessions with the mailbox',
    why: 'A client syncs its rooms side by side, a few at a time.'
  },
  'room-proofs': {
    kind: 'size', subject: 'node', max: 100_000, unit: 'rows', what: 'proofs of access to rooms that are remembered for a day, one for each device in a room',
    why: 'About 30 MB; two thousand devices in fifty rooms. The oldest of the account with the most is forgotten first.'
  },
  'room-proofs-of-account': {
    kind: 'size', subject: 'account', max: 5000, unit: 'rows', what: 'such proofs of all devices of an account; above it the oldest are forgotten, and shown once more with the next sync',
    why: 'As many rooms as its devices may have registered at the rendezvous.'
  },
  'disk-bytes': {
    kind: 'size', subject: 'node', max: 20 * GiB, unit: 'bytes', what: 'the database',
    why: 'Eighty accounts at their limit, on the disk of a small server. Set by DISK_MAX_MB.'
  },
  'disk-reserve': {
    kind: 'size', subject: 'node', max: 256 * MiB, unit: 'bytes', what: 'free space that the node leaves on its disk, at most a tenth of it',
    why: 'Room for the write-ahead log, for sign-ins and erasing when nothing new is kept, and for the log of the system.'
  },
  // Raw connections
  'header-time': {
    kind: 'size', subject: 'connection', max: 15_000, unit: 'ms', what: 'time until the headers of a request are complete',
    why: 'They fit into one or two packets; this is several retransmissions on the slowest link.'
  },
  'connections': {
    kind: 'held', subject: 'address', max: 1000, what: 'open TCP connections that carry no WebSocket; those of a trusted proxy are not counted',
    why: 'A hundred browsers with six connections each, and four hundred devices on their way to a WebSocket.'
  },
  'node-connections': {
    kind: 'held', subject: 'node', max: 4000, what: 'open TCP connections without a WebSocket, of all addresses and proxies; less where the system allows fewer descriptors',
    why: 'Each costs a descriptor. When all are taken, the address that holds the most loses its newest one to the newcomer.'
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
    kind: 'held', subject: 'node', max: 5000, what: 'open WebSockets of all addresses; less where the system allows fewer descriptors',
    why: 'Measured with 1000 devices on two cores; each costs one descriptor and about 100 kB.'
  },
  'node-pending-sockets': {
    kind: 'held', subject: 'node', max: 1000, what: 'WebSockets of all addresses that have shown no passport',
    why: 'A fifth of all. When they are taken, the address that holds the most loses its oldest one to the newcomer; a device with a passport never does.'
  },
  'socket-backlog': {
    kind: 'size', subject: 'connection', max: 4 * MiB, unit: 'bytes', what: 'bytes that wait for a device that does not read',
    why: 'Streams stop at their windows well before; only answers to its own pings and requests get here.'
  },
  'websocket-frame': {
    kind: 'size', subject: 'connection', max: 1 * MiB + 64 * 1024, unit: 'bytes', what: 'one WebSocket message',
    why: 'Noise packets are at most 64 KiB and are written together up to 1 MiB.'
  },
  // Gossip, by the device that carries it to the node
  'gossip-ephemerals': {
    kind: 'rate', subject: 'device', burst: 1200, perSecond: 60, what: 'unstored frames passed on',
    why: 'Read marks while a lively room is open, receipts, typing and calls. Each goes to everyone in its room.'
  },
  'gossip-ephemerals-of-account': {
    kind: 'rate', subject: 'account', burst: 3600, perSecond: 180, what: 'unstored frames passed on for all devices of an account',
    why: 'Three devices at their own limit.'
  },
  'gossip-envelopes': {
    kind: 'rate', subject: 'device', burst: 1500, perSecond: 50, what: 'messages and operations passed on and kept',
    why: 'A program that reports something. What is dropped comes by sync, which has the time it needs.'
  },
  'gossip-envelopes-of-account': {
    kind: 'rate', subject: 'account', burst: 4500, perSecond: 150, what: 'messages and operations passed on for all devices of an account',
    why: 'Three devices at their own limit.'
  },
  // Frames for one device
  'addressed-frames': {
    kind: 'rate', subject: 'device', burst: 600, perSecond: 60, what: 'frames sent to single devices',
    why: 'Every device of the largest room asked at once for its receipt; then one frame a second to each author of a busy room of 64.'
  },
  'addressed-frames-of-account': {
    kind: 'rate', subject: 'account', burst: 1800, perSecond: 180, what: 'frames sent to single devices by all devices of an account',
    why: 'Three devices at their own limit.'
  },
  'addressed-backlog': {
    kind: 'size', subject: 'device', max: 256 * 1024, unit: 'bytes', what: 'frames that wait for a device to read them',
    why: 'Receipts from all devices of the largest room in one burst; what does not fit is learned by sync.'
  },
  'holder-counts': {
    kind: 'rate', subject: 'device', burst: 20, perSecond: 1, what: 'questions how many devices hold a message',
    why: 'A client asks every ten seconds while a message of its own is new; this is for ten rooms at once.'
  },
  'holder-positions': {
    kind: 'size', subject: 'node', max: 200_000, unit: 'rows', what: 'positions remembered for such questions',
    why: 'About 40 MB; four hundred busy rooms of 500 devices. What the account with the most told longest ago is forgotten first.'
  },
  'holder-positions-of-account': {
    kind: 'size', subject: 'account', max: 10_000, unit: 'rows', what: 'such positions of all devices of an account; above it the oldest are forgotten',
    why: 'Three devices in thirty large rooms, with a hundred logs each that somebody still writes to.'
  },
  // Before a passport was shown
  'guest-time': {
    kind: 'size', subject: 'connection', max: 30_000, unit: 'ms', what: 'time until a passport has to be shown',
    why: 'Longer than a hello over the slowest link, and than refreshing an expired passport over HTTP.'
  },
  'guest-bytes': {
    kind: 'size', subject: 'connection', max: 64 * 1024, unit: 'bytes', what: 'bytes received before a passport was shown',
    why: 'Noise, multistream, identify and a hello are below 8 kB.'
  },
  'guest-streams': {
    kind: 'held', subject: 'connection', max: 24, what: 'streams opened before a passport was shown',
    why: 'A client opens six at once: identify, hello, a reservation, gossip, rendezvous and a ping. Those that need a passport wait.'
  },
  // Rendezvous
  'rendezvous-requests': {
    kind: 'rate', subject: 'device', burst: 40, perSecond: 2, what: 'frames to the rendezvous',
    why: 'A client registers when it connects and when it enters or leaves a room, several rooms to a frame.'
  },
  'rendezvous-rooms': {
    kind: 'held', subject: 'device', max: 1000, what: 'rooms registered at the rendezvous',
    why: 'More than anyone reads; each is a topic of gossip and about 1 kB of memory.'
  },
  'rendezvous-rooms-of-account': {
    kind: 'held', subject: 'account', max: 5000, what: 'rooms registered by all devices of an account',
    why: 'Twenty devices in 250 rooms each.'
  },
  'rendezvous-invites': {
    kind: 'held', subject: 'device', max: 4000, what: 'invitations listed at the rendezvous',
    why: 'Four open links in each of a thousand rooms.'
  },
  'rendezvous-changes': {
    kind: 'rate', subject: 'device', burst: 4000, perSecond: 20, what: 'rooms entered; one more for every 50 devices that are told',
    why: 'A device in 50 rooms that reconnects every three seconds; one in a thousand rooms four times in a row.'
  },
  'rendezvous-changes-of-account': {
    kind: 'rate', subject: 'account', burst: 20_000, perSecond: 100, what: 'rooms entered by all devices of an account',
    why: 'Five devices at their own limit.'
  },
  'rendezvous-changes-of-address': {
    kind: 'rate', subject: 'address', burst: 60_000, perSecond: 600, what: 'rooms entered from an address',
    why: 'An office of 300 people with 100 rooms each, whose network comes back twice.'
  },
  'rendezvous-look-ups': {
    kind: 'rate', subject: 'account', burst: 120, perSecond: 4, what: 'questions who is in a room',
    why: 'A joiner asks every second or two; a new device that enters 50 rooms asks for each, ever more rarely.'
  },
  'rendezvous-look-ups-of-address': {
    kind: 'rate', subject: 'address', burst: 3000, perSecond: 60, what: 'questions who is in a room, from an address',
    why: 'A class of thirty that joins by one link, a hundred times over.'
  },
  // Gossip
  'gossip-bytes': {
    kind: 'rate', subject: 'device', burst: 8 * MiB, perSecond: 1 * MiB, unit: 'bytes', what: 'bytes of gossip; above it the stream is read more slowly',
    why: 'Fifty of the longest messages a second. What is older travels by sync.'
  },
  'gossip-messages': {
    kind: 'rate', subject: 'device', burst: 300, perSecond: 100,
    what: 'messages and control items of gossip; above it the stream is read more slowly, and bulk is dropped unread',
    why: 'Twenty messages a second in five rooms, with receipts and typing.'
  },
  'gossip-waiting': {
    kind: 'held', subject: 'device', max: 64, what: 'frames that wait for their sender to prove access to the room',
    why: 'Gossip overtakes the proof by less than a second when a client connects.'
  },
  'gossip-waiting-of-account': {
    kind: 'held', subject: 'account', max: 256, what: 'waiting frames of all devices of an account',
    why: 'Four devices at their own limit; with 48 kB each, 12 MB.'
  },
  'gossip-waiting-in-all': {
    kind: 'held', subject: 'node', max: 5000, what: 'waiting frames in all',
    why: 'Memory: 240 MB of the longest frames, 5 MB of ordinary ones. Twenty accounts have to conspire to fill it.'
  },
  // Relay
  'circuits': {
    kind: 'held', subject: 'device', max: 64, what: 'relayed connections that a device has opened',
    why: 'A client keeps 32 links in all rooms together, relays those that cannot be direct, and ends what is idle.'
  },
  'circuits-of-account': {
    kind: 'held', subject: 'account', max: 192, what: 'relayed connections that all devices of an account have opened',
    why: 'Three devices at their own limit.'
  },
  'circuits-to-one': {
    kind: 'held', subject: 'device', max: 8, what: 'relayed connections that a device has opened to the same other device',
    why: 'A client needs one, and a second while it notices that the first is dead.'
  },
  'circuits-received': {
    kind: 'held', subject: 'device', max: 1000, what: 'relayed connections that others have opened to a device',
    why: 'Everyone of the largest room twice. Idle ones end after half a minute.'
  },
  'reservations': {
    kind: 'held', subject: 'node', max: 5000, what: 'devices that others can reach through the relay',
    why: 'One for each device that is connected.'
  },
  'relay-requests': {
    kind: 'size', subject: 'connection', max: 16 * 1024, unit: 'bytes', what: 'bytes of a request to the relay, each piece counted with 512 more',
    why: 'A request has 100 bytes and comes in one piece; nothing else is sent before its answer.'
  },
  'streams-of-protocol': {
    kind: 'held', subject: 'connection', max: 256, what: 'open streams of one protocol that a device has opened',
    why: 'Four times the relayed connections a device may open, and more than any other protocol needs.'
  },
  'stream-window': {
    kind: 'size', subject: 'connection', max: 256 * 1024, unit: 'bytes', what: 'bytes of a stream that the node has not read yet',
    why: 'The smallest that Yamux knows; 2.5 MB/s at a round trip of 100 ms, more than is relayed at length.'
  },
  'relayed-bytes': {
    kind: 'rate', subject: 'device', burst: 64 * MiB, perSecond: 2 * MiB, unit: 'bytes', what: 'relayed bytes by sender; above it the stream is read more slowly',
    why: 'Years of text at once, then far more than chat, signalling and sync need; media goes by TURN.'
  },
  'relay-backlog': {
    kind: 'size', subject: 'connection', max: 256 * 1024, unit: 'bytes', what: 'relayed bytes that the receiver has not taken yet',
    why: 'A second of the slowest line that a call could use, many times over. The sender waits meanwhile.'
  },
  'relay-standstill': {
    kind: 'size', subject: 'connection', max: 60_000, unit: 'ms', what: 'time in which a receiver takes nothing of what waits for it, until the relayed connection is ended',
    why: 'A line of 3 kB/s says within this time that it has taken half a window.'
  },
  'relayed-waiting': {
    kind: 'size', subject: 'device', max: 24 * MiB, unit: 'bytes', what: 'relayed bytes of a sender that the node holds; above half of it each receiver has to keep up, above it the fullest connection is ended',
    why: 'All its relayed connections with their windows full, 16 MiB, and half as much again.'
  },
  'relayed-waiting-of-account': {
    kind: 'size', subject: 'account', max: 48 * MiB, unit: 'bytes', what: 'the same of all devices of an account',
    why: 'Three devices whose windows are full.'
  },
  'relayed-waiting-for-one': {
    kind: 'size', subject: 'device', max: 32 * MiB, unit: 'bytes', what: 'the same by receiver',
    why: 'A hundred people who send their history to a device on a slow line. Who sends it the most loses a connection first.'
  },
  'relayed-waiting-in-all': {
    kind: 'size', subject: 'node', max: 256 * MiB, unit: 'bytes', what: 'the same of all devices',
    why: 'Memory of a small server. The account that holds the most loses a connection first.'
  }
} as const satisfies Record<string, LimitEntry>

export type LimitName = keyof typeof LIMITS
type Named<Kind extends LimitEntry['kind']> = { [Name in LimitName]: (typeof LIMITS)[Name]['kind'] extends Kind ? Name : never }[LimitName]
export type RateName = Named<'rate'>
export type HeldName = Named<'held'>
