/** What `neighbourhood.ts` decides about, and the numbers it decides by. */
import type { DeviceKey, RoomTag } from '#shared/ids.ts'

export const NEIGHBOURHOOD = {
  /** Devices of a room, this one included, up to which everybody is linked with everybody. */
  smallRoom: 8,
  /** Direct links of a larger room. When a fifth of its devices leave at once, 0.2⁶ of the rest are cut off. */
  links: 6,
  /** Inbound links are kept up to this number; a newcomer finds room without another link ending. */
  linksMax: 8,
  /** Others of a room that are remembered to be dialled; HyParView takes five times the active view. */
  known: 30,
  /** Over all rooms. Chromium allows 500 in a page's life; each costs about 100 kB and a ping every ten seconds. */
  budget: 32,
  /** Between two dials: a page that is reloaded again and again costs the others one link each time, not six. */
  paceMs: 2000,
  /** Before a lost link is replaced: most devices that vanish are reloading their page. */
  repairDelayMs: 5000,
  /** How long a returning device is preferred to others. */
  returnMs: 60_000,
  /** Before a surplus link ends: a device that leaves sooner displaces nobody. */
  graceMs: 20_000,
  /** A device that refused to end a link, or had no room for one, is left alone for this long. */
  refusedMs: 60_000,
  /** An agreed ending takes a second. A link that stands for this long is counted again. */
  endingMs: 15_000,
  /** A device that could not be reached directly is not tried again in a large room, which has others. */
  failedMs: 10 * 60_000,
  /** After each `links` failures in a row: where no direct link works, attempts must stay few. */
  retryDelaysMs: [1000, 4000, 15_000, 60_000, 300_000],
  /** The rendezvous is asked for more candidates at most this often. */
  sampleEveryMs: 10_000
} as const

export interface RoomView {
  /** How many others are there. */
  readonly others: number
  /** Some of them, linked or not, at most `known`. */
  readonly known: readonly DeviceKey[]
  /** When more of them were last asked for. */
  readonly sampledAt: number
}

interface LinkView {
  /** Rooms that both ends are in. */
  readonly rooms: ReadonlySet<RoomTag>
  readonly since: number
  /** Since when both ends are ending it, or the other one is being asked; null while it is kept. */
  readonly endingSince: number | null
  /** Not asked about before: the other end needs it. */
  readonly keptUntil: number
}

/** `both`: the other end looks for the same link. `self`: it does not know that it was chosen. */
export type Wanted = ReadonlyMap<DeviceKey, 'both' | 'self'>

export interface Neighbourhood {
  readonly rooms: ReadonlyMap<RoomTag, RoomView>
  readonly links: ReadonlyMap<DeviceKey, LinkView>
  /** Chosen for large rooms, and not linked yet. */
  readonly dials: ReadonlySet<DeviceKey>
  readonly wanted: Wanted
  /** Until when a device is not chosen for a large room. */
  readonly avoided: ReadonlyMap<DeviceKey, number>
  /** When links were lost that may come back. */
  readonly lostAt: ReadonlyMap<DeviceKey, number>
  /** In a row, in large rooms. */
  readonly failures: number
  readonly nextDialAt: number
}

export const NEIGHBOURHOOD_INITIAL: Neighbourhood = {
  rooms: new Map(),
  links: new Map(),
  dials: new Set(),
  wanted: new Map(),
  avoided: new Map(),
  lostAt: new Map(),
  failures: 0,
  nextDialAt: -Infinity
}

export type NeighbourhoodEvent = { now: number, /** 0 to 1. */ random: number } & (
  /** Who is in a room: all others, or a sample of them. */
  | { type: 'room', room: RoomTag, others: number, sample: readonly DeviceKey[] }
  | { type: 'left-room', room: RoomTag }
  | { type: 'arrived', room: RoomTag, device: DeviceKey }
  | { type: 'left', room: RoomTag, device: DeviceKey }
  /** There is a direct link, or the rooms that its ends share are others now. */
  | { type: 'linked', device: DeviceKey, rooms: readonly RoomTag[] }
  | { type: 'lost' | 'failed', device: DeviceKey }
  /** The other end wants to end a link. `isBusy`: something goes over it right now. */
  | { type: 'asked', device: DeviceKey, isBusy: boolean }
  | { type: 'answered', device: DeviceKey, agrees: boolean }
  /** The other end ends a link, whatever this one says. */
  | { type: 'ended', device: DeviceKey }
  /** Another network: what failed on the one before says nothing. */
  | { type: 'network' }
  | { type: 'timer' }
)

export type NeighbourhoodEffect =
  | { type: 'want', devices: Wanted }
  /** Ask the other end whether a link may end; `answered` follows. */
  | { type: 'ask', device: DeviceKey }
  | { type: 'answer', device: DeviceKey, agrees: boolean }
  /** Both agree. */
  | { type: 'close', device: DeviceKey }
  /** Tell the other end that there is no room for it, and close; not while something goes over the link. */
  | { type: 'turn-away', device: DeviceKey }
  | { type: 'sample', room: RoomTag }
  /** Send `timer` then, or before. */
  | { type: 'wake', at: number }

type Mutable<Field> = Field extends ReadonlyMap<infer Key, infer Value> ? Map<Key, Value>
  : Field extends ReadonlySet<infer Value> ? Set<Value> : Field
export type Draft = { -readonly [Name in keyof Neighbourhood]: Mutable<Neighbourhood[Name]> }
