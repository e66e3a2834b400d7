/**
 * Decides which devices this one links directly, over all of its rooms: a pure machine `(state, event) → [state, effects]`.
 * In a small room everyone is linked; in a large one a few at random, who are kept for as long as they stay (the active
 * view of HyParView). An arrival moves no link of others.
 *
 * Flow: `neighbourhood` records what happened → `settle` (`settle-links.ts`) compares the links that exist with those that
 * should, and returns what to do.
 *
 * @see Leitão, Pereira, Rodrigues: HyParView, DSN 2007. Forward joins and shuffles are not needed: the rendezvous names
 * candidates.
 */
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { createDice, type Dice } from './dice.ts'
import { isSpare, settle } from './settle-links.ts'

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
type Step = [Neighbourhood, NeighbourhoodEffect[]]

export function neighbourhood (state: Neighbourhood, event: NeighbourhoodEvent): Step {
  const crowd = asCrowd(state, event)
  if (crowd !== null) return [crowd, []]
  const draft: Draft = {
    ...state,
    rooms: new Map(state.rooms),
    links: new Map(state.links),
    dials: new Set(state.dials),
    wanted: new Map(state.wanted),
    avoided: new Map(state.avoided),
    lostAt: new Map(state.lostAt)
  }
  const dice = createDice(event.random)
  const effects = record(draft, event, dice)
  return [draft, [...effects, ...settle(draft, event.now, dice)]]
}

/** Counts an arrival or departure in a large room that concerns no link of this device. Returns null for all other events. */
function asCrowd (state: Neighbourhood, event: NeighbourhoodEvent): Neighbourhood | null {
  if (event.type !== 'arrived' && event.type !== 'left') return null
  const room = state.rooms.get(event.room)
  if (room === undefined || room.others <= NEIGHBOURHOOD.known || state.lostAt.has(event.device)) return null
  const others = room.others + (event.type === 'arrived' ? 1 : -1)
  const isRemembered = event.type === 'arrived'
    ? room.known.length < NEIGHBOURHOOD.known || event.random < NEIGHBOURHOOD.known / others
    : room.known.includes(event.device)
  return isRemembered ? null : { ...state, rooms: new Map(state.rooms).set(event.room, { ...room, others }) }
}

function record (draft: Draft, event: NeighbourhoodEvent, dice: Dice): NeighbourhoodEffect[] {
  switch (event.type) {
    case 'room': draft.rooms.set(event.room, viewOf(draft.rooms.get(event.room), event, dice)); return []
    case 'left-room': draft.rooms.delete(event.room); return []
    case 'arrived': recordArrival(draft, event, dice); return []
    case 'left': recordLeaving(draft, event.room, event.device); return []
    case 'linked': recordLink(draft, event.device, new Set(event.rooms), event.now); return []
    case 'lost': recordLoss(draft, event.device, event.now, dice); return []
    case 'failed': recordFailure(draft, event.device, event.now); return []
    case 'asked': return recordQuestion(draft, event)
    case 'answered': return recordAnswer(draft, event)
    case 'ended': {
      const link = draft.links.get(event.device)
      if (link !== undefined) draft.links.set(event.device, { ...link, endingSince: event.now })
      draft.dials.delete(event.device)
      draft.avoided.set(event.device, event.now + NEIGHBOURHOOD.refusedMs)
      return []
    }
    case 'network':
      Object.assign(draft, { failures: 0, nextDialAt: -Infinity })
      draft.avoided.clear()
      return []
    case 'timer': return []
  }
}

type Event<Type extends NeighbourhoodEvent['type']> = Extract<NeighbourhoodEvent, { type: Type }>

function viewOf (before: RoomView | undefined, { others, sample }: Event<'room'>, dice: Dice): RoomView {
  const named = new Set(sample)
  const isAll = sample.length >= others
  const known = new Set((before?.known ?? []).filter((device) => !isAll || named.has(device)))
  for (const device of sample.length > NEIGHBOURHOOD.known ? dice.shuffle(sample) : sample) {
    if (known.size >= NEIGHBOURHOOD.known) break
    known.add(device)
  }
  return { others, known: [...known], sampledAt: before?.sampledAt ?? -Infinity }
}

/** Keeps `known` a random sample: an arrival replaces one of them as often as it should be among them. */
function recordArrival (draft: Draft, { room: tag, device, random }: Event<'arrived'>, dice: Dice): void {
  const room = draft.rooms.get(tag) ?? { others: 0, known: [], sampledAt: -Infinity }
  const others = room.others + 1
  const isChosen = draft.lostAt.has(device) || random < NEIGHBOURHOOD.known / others
  const known = [...room.known]
  if (known.length < NEIGHBOURHOOD.known) known.push(device)
  else if (isChosen) known[dice.below(known.length)] = device
  draft.rooms.set(tag, { ...room, others, known })
}

function recordLeaving (draft: Draft, tag: RoomTag, device: DeviceKey): void {
  const room = draft.rooms.get(tag)
  if (room === undefined) return
  const known = room.known.filter((other) => other !== device)
  draft.rooms.set(tag, { ...room, others: Math.max(0, room.others - 1), known })
}

function recordLink (draft: Draft, device: DeviceKey, rooms: ReadonlySet<RoomTag>, now: number): void {
  const before = draft.links.get(device)
  const isOtherwiseUsed = before === undefined || (before.rooms.size === 0) !== (rooms.size === 0)
  const since = isOtherwiseUsed ? now : before.since
  draft.links.set(device, { endingSince: null, keptUntil: -Infinity, ...before, rooms, since })
  if (before !== undefined) return
  if (draft.dials.delete(device)) draft.failures = 0
  draft.avoided.delete(device)
  draft.lostAt.delete(device)
}

function recordLoss (draft: Draft, device: DeviceKey, now: number, dice: Dice): void {
  const link = draft.links.get(device)
  draft.links.delete(device)
  for (const [other, at] of draft.lostAt) if (at + NEIGHBOURHOOD.returnMs < now) draft.lostAt.delete(other)
  // What both ends have ended does not come back.
  if (link?.endingSince !== null) return
  draft.lostAt.set(device, now)
  draft.nextDialAt = Math.max(draft.nextDialAt, now + NEIGHBOURHOOD.repairDelayMs * (0.6 + 0.8 * dice.roll()))
}

function recordFailure (draft: Draft, device: DeviceKey, now: number): void {
  if (!draft.dials.delete(device)) return
  const { failedMs, retryDelaysMs, links } = NEIGHBOURHOOD
  for (const [other, until] of draft.avoided) if (until < now) draft.avoided.delete(other)
  draft.avoided.set(device, now + failedMs)
  const delayMs = retryDelaysMs[Math.min(Math.floor(draft.failures / links), retryDelaysMs.length - 1)] ?? 0
  draft.failures++
  draft.nextDialAt = Math.max(draft.nextDialAt, now + delayMs)
}

function recordQuestion (draft: Draft, { device, isBusy, now }: Event<'asked'>): NeighbourhoodEffect[] {
  const link = draft.links.get(device)
  const agrees = link?.endingSince !== null || (!isBusy && isSpare(draft, device))
  if (agrees && link !== undefined) draft.links.set(device, { ...link, endingSince: now })
  return [{ type: 'answer', device, agrees }]
}

function recordAnswer (draft: Draft, { device, agrees, now }: Event<'answered'>): NeighbourhoodEffect[] {
  const link = draft.links.get(device)
  if (link === undefined) return []
  if (agrees) return [{ type: 'close', device }]
  draft.links.set(device, { ...link, endingSince: null, keptUntil: now + NEIGHBOURHOOD.refusedMs })
  return []
}
