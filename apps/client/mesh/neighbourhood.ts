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
import {
  NEIGHBOURHOOD, type RoomView, type Neighbourhood, type NeighbourhoodEvent, type NeighbourhoodEffect, type Draft
} from './neighbourhood-state.ts'
import { isSpare, settle } from './settle-links.ts'

export {
  NEIGHBOURHOOD, NEIGHBOURHOOD_INITIAL, type Neighbourhood, type NeighbourhoodEffect, type NeighbourhoodEvent, type Wanted
} from './neighbourhood-state.ts'

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
