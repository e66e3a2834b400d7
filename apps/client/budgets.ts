/**
 * What one device may ask of this one, in one table: what is counted, how much, and why that much. `mesh/peer-budgets.ts` keeps the
 * accounts. What exceeds a budget is dropped and counted in `Mesh.dropped` as `over-<name>`; a device far above one is ignored for a while.
 *
 * RULE: honest use never meets a budget. The simulation fails when one is met. Numbers are per device over all rooms, and assume fifty
 * shared rooms.
 */
import type { Rate } from '#shared/token-bucket.ts'

export interface Budget extends Rate { what: string, why: string }

const MiB = 1024 * 1024
const perMinute = (count: number): number => count / 60

export const BUDGETS = {
  // By the remote at the other end of a link, before anything is decoded further than libp2p does
  'carried': {
    burst: 2000, perSecond: 400, what: 'gossip messages and addressed frames over the link to a device',
    why: 'It passes on what others say: a room of 500 with 20 messages a second and the typing and receipts that follow.'
  },
  'carried-bytes': {
    burst: 8 * MiB, perSecond: 1 * MiB, what: 'bytes of gossip and addressed frames over the link to a device, counted before they are decoded',
    why: 'Fifteen of the longest messages a second, and a backlog of a hundred. The node allows each device as much.'
  },
  'carried-by-node': {
    burst: 5000, perSecond: 1000, what: 'gossip messages and addressed frames over the link to the node',
    why: 'It carries all rooms, and after a pause all that waited. The node bounds each sender before.'
  },
  'forged': {
    burst: 20, perSecond: 1, what: 'frames that are malformed or whose signature is wrong',
    why: 'An honest device checks before it passes on, so that a few cover disagreements between versions.'
  },
  'strangers': {
    burst: 200, perSecond: 20, what: 'entries of authors who are no members here',
    why: 'A newcomer writes before their admission has arrived; sync brings it within a second.'
  },
  'connections': {
    burst: 60, perSecond: perMinute(60), what: 'relayed connections taken from a device',
    why: 'It dials anew after each change of network and for calls; `DIAL_POLICY` allows it far fewer.'
  },
  'direct-links': {
    burst: 40, perSecond: perMinute(4), what: 'WebRTC handshakes that a device asks for',
    why: 'Chromium allows 500 peer connections in the life of a tab. `DIAL_POLICY` tries twelve times in ten minutes, and a page may be reloaded.'
  },
  // By author
  'presence': {
    burst: 1500, perSecond: 150, what: 'unstored frames of any kind, counted before their signature is checked',
    why: 'The sum of the kinds below, so that none of them is met by way of this one.'
  },
  'typing': { burst: 60, perSecond: 4, what: 'typing notices', why: 'One each 3 s while someone types, and one when they stop.' },
  'receipt': { burst: 300, perSecond: 20, what: 'receipts', why: 'One a second in each lively room, and one per room after a reconnect.' },
  'read': {
    burst: 600, perSecond: 60, what: 'read marks',
    why: 'One each time an open room draws new messages, and three rounds over all rooms when a device comes into reach.'
  },
  'ask': {
    burst: 60, perSecond: 5, what: 'questions what is held and read here',
    why: 'One each 10 s for each large room in which somebody looks at their own messages.'
  },
  'agreement': {
    burst: 100, perSecond: 5, what: 'hashes of what the law decided',
    why: 'One per room after a reconnect, then one each fifteen seconds at most for a room whose members change.'
  },
  'call': { burst: 60, perSecond: 5, what: 'announcements of being in a call', why: 'One each 8 s and one per switch of camera, hand or screen.' },
  'voice': { burst: 60, perSecond: 5, what: 'announcements about voice rooms', why: 'As for calls.' },
  'ring': { burst: 30, perSecond: 2, what: 'rings and replies to them', why: 'One each 2.5 s, to several people at once.' },
  'order': { burst: 150, perSecond: 5, what: 'moderation commands in a call', why: 'One per participant when a whole call is muted.' },
  'unknown': { burst: 60, perSecond: 5, what: 'unstored frames of a kind or key that is not known here', why: 'Those of newer versions, and of a key that is on its way.' },
  'envelopes': {
    burst: 1500, perSecond: 50, what: 'messages and operations that come by gossip',
    why: 'A program that reports something, or an archive that is pasted. What is dropped comes by sync, which has the time it needs.'
  },
  // By the device that opens a stream
  'hello-streams': { burst: 30, perSecond: perMinute(30), what: 'hellos', why: 'One per connection and renewed passport.' },
  'sync-streams': {
    burst: 600, perSecond: 20, what: 'sync sessions',
    why: 'Fifty rooms at once after a week offline, each again after a failure, then one each few seconds per lively room.'
  },
  'join-streams': { burst: 20, perSecond: perMinute(30), what: 'requests to join', why: 'A joiner asks each member in turn, and again after a pause.' },
  'keys-streams': { burst: 200, perSecond: 10, what: 'requests for keys', why: 'One per room whose key is missing, and again with each new rotation.' },
  'addressed-streams': {
    burst: 120, perSecond: 1, what: 'streams for frames that are for this device alone',
    why: 'One per direct link, again after an idle minute and each time the link is new.'
  },
  'call-streams': { burst: 60, perSecond: 1, what: 'call signalling streams', why: 'Twelve attempts of a call on a network that comes and goes.' },
  'other-streams': { burst: 60, perSecond: 1, what: 'streams of each other protocol', why: 'Linking, admission of own devices, backup notices: a few a day.' },
  // Inside calls
  'call-messages': {
    burst: 600, perSecond: 30, what: 'messages of call signalling',
    why: 'Descriptions, some dozens of candidates and switches, again for each search for another path.'
  },
  'call-candidates': {
    burst: 400, perSecond: 10, what: 'ICE candidates',
    why: 'A host with many interfaces and two TURN servers has about forty per search for a path.'
  }
} as const satisfies Record<string, Budget>

export type BudgetName = keyof typeof BUDGETS

/** The budget for streams of a protocol, which is named `/parley/<name>/<version>`. */
export function streamBudgetOf (protocol: string): BudgetName {
  const name = `${protocol.split('/')[2] ?? ''}-streams`
  return Object.hasOwn(BUDGETS, name) ? name as BudgetName : 'other-streams'
}

/**
 * What is refused has a budget of its own, this many times as large: a device that uses it up too is ignored. Above one budget a device is
 * slowed down, since a bug should cost its users speed and not contact; at several times as much for seconds nobody is merely busy.
 */
export const FAR_BEYOND = 4
/** How long a device is ignored the first time; each time after that twice as long. */
export const IGNORED_FIRST_MS = 60_000
export const IGNORED_MAX_MS = 3_600_000
