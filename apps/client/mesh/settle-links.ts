/** Compares the links that exist with those that should, and returns what to do: the rules of `neighbourhood.ts`. */
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { Dice } from './dice.ts'
import {
  NEIGHBOURHOOD, type Draft, type Neighbourhood, type NeighbourhoodEffect, type RoomView, type Wanted
} from './neighbourhood-state.ts'

type View = Pick<Neighbourhood, 'rooms' | 'links' | 'dials'>

const isSmall = (room: RoomView): boolean => room.others < NEIGHBOURHOOD.smallRoom

/** Devices whose link is kept, by room, those linked longest first. */
type Linked = ReadonlyMap<RoomTag, readonly DeviceKey[]>

function linkedByRoom ({ links }: Pick<View, 'links'>): Linked {
  const linked = new Map<RoomTag, DeviceKey[]>()
  for (const device of keptLinks({ links })) {
    for (const tag of links.get(device)?.rooms ?? []) linked.set(tag, [...linked.get(tag) ?? [], device])
  }
  return linked
}

const keptLinks = ({ links }: Pick<View, 'links'>): DeviceKey[] => [...links]
  .filter(([, { endingSince }]) => endingSince === null)
  .sort(([, a], [, b]) => a.since - b.since)
  .map(([device]) => device)

/** RULE: a link ends only when no room of either end has need of it. */
export function isSpare (state: Pick<View, 'rooms' | 'links'>, device: DeviceKey): boolean {
  const linked = linkedByRoom(state)
  return [...state.links.get(device)?.rooms ?? []].every((tag) => {
    const room = state.rooms.get(tag)
    return room === undefined || (!isSmall(room) && (linked.get(tag)?.length ?? 0) > NEIGHBOURHOOD.links)
  })
}

export function settle (draft: Draft, now: number, dice: Dice): NeighbourhoodEffect[] {
  const wakes: number[] = []
  const effects: NeighbourhoodEffect[] = []
  for (const [device, link] of draft.links) {
    if (link.endingSince === null) continue
    const until = link.endingSince + NEIGHBOURHOOD.endingMs
    if (until > now) wakes.push(until)
    else draft.links.set(device, { ...link, endingSince: null, keptUntil: now + NEIGHBOURHOOD.refusedMs })
  }
  effects.push(...askForCandidates(draft, now, wakes))
  const linked = linkedByRoom(draft)
  dropDials(draft, linked)
  chooseDials(draft, linked, now, dice, wakes)
  const wanted = wantedOf(draft, linked)
  if (!isSame(draft.wanted, wanted)) {
    draft.wanted = wanted
    effects.push({ type: 'want', devices: wanted })
  }
  effects.push(...endSurplus(draft, now, dice, wakes))
  if (wakes.length > 0) effects.push({ type: 'wake', at: Math.min(...wakes) })
  return effects
}

/** Somebody in a small room must be known, and of a large one enough to choose from. */
function askForCandidates (draft: Draft, now: number, wakes: number[]): NeighbourhoodEffect[] {
  return [...draft.rooms].flatMap(([tag, room]): NeighbourhoodEffect[] => {
    if (room.known.length >= Math.min(room.others, NEIGHBOURHOOD.known / 2)) return []
    const at = room.sampledAt + NEIGHBOURHOOD.sampleEveryMs
    if (at > now) {
      wakes.push(at)
      return []
    }
    draft.rooms.set(tag, { ...room, sampledAt: now })
    return [{ type: 'sample', room: tag }]
  })
}

const dialledIn = ({ dials }: Pick<View, 'dials'>, room: RoomView): DeviceKey[] =>
  room.known.filter((device) => dials.has(device))

/** Forgets those who have left, and those whose room has links enough meanwhile. */
function dropDials (draft: Draft, linked: Linked): void {
  const needed = new Set<DeviceKey>()
  for (const [tag, room] of draft.rooms) {
    if (isSmall(room)) continue
    const lacking = NEIGHBOURHOOD.links - (linked.get(tag)?.length ?? 0)
    if (lacking > 0) for (const device of dialledIn(draft, room).slice(0, lacking)) needed.add(device)
  }
  for (const device of draft.dials) if (!needed.has(device) || draft.links.has(device)) draft.dials.delete(device)
}

function chooseDials (draft: Draft, linked: Linked, now: number, dice: Dice, wakes: number[]): void {
  for (const [tag, room] of draft.rooms) {
    if (isSmall(room)) continue
    const have = (linked.get(tag)?.length ?? 0) + dialledIn(draft, room).length
    const isOverBudget = draft.links.size + draft.dials.size >= NEIGHBOURHOOD.budget
    if (have >= Math.min(NEIGHBOURHOOD.links, room.others) || isOverBudget) continue
    const isUrgent = have === 0 && draft.failures === 0
    if (!isUrgent && draft.nextDialAt > now) {
      wakes.push(draft.nextDialAt)
      continue
    }
    const isAvoided = (device: DeviceKey): boolean => (draft.avoided.get(device) ?? 0) > now
    const hasReturned = (device: DeviceKey): boolean => (draft.lostAt.get(device) ?? -Infinity) + NEIGHBOURHOOD.returnMs > now
    const candidates = room.known.filter((device) => !draft.links.has(device) && !draft.dials.has(device) && !isAvoided(device))
    const returned = candidates.filter(hasReturned)
    const from = returned.length > 0 ? returned : candidates
    const chosen = from[dice.below(from.length)]
    if (chosen === undefined) {
      wakes.push(...room.known.map((device) => draft.avoided.get(device) ?? 0).filter((until) => until > now))
      continue
    }
    draft.dials.add(chosen)
    draft.nextDialAt = Math.max(draft.nextDialAt, now + NEIGHBOURHOOD.paceMs * (0.5 + dice.roll()))
    if (have + 1 < NEIGHBOURHOOD.links) wakes.push(draft.nextDialAt)
  }
}

/** Serves rooms until the budget is used up: rooms of two first, then two links for each, then what each should have. */
function wantedOf (state: View, linked: Linked): Map<DeviceKey, 'both' | 'self'> {
  const wanted = new Map<DeviceKey, 'both' | 'self'>()
  const rooms = [...state.rooms].sort(([, a], [, b]) => a.others - b.others).map(([tag, room]) => {
    const small = isSmall(room)
    const devices = [...new Set([...linked.get(tag) ?? [], ...small ? room.known : dialledIn(state, room)])]
    const goal = small ? Infinity : NEIGHBOURHOOD.links
    return { devices, goal, mode: small ? 'both' : 'self', isOfTwo: room.others === 1 } as const
  })
  const fill = ({ devices, mode }: (typeof rooms)[number], goal: number): void => {
    let have = devices.filter((device) => wanted.has(device)).length
    for (const device of devices) {
      if (wanted.has(device)) {
        if (mode === 'both') wanted.set(device, mode)
      } else if (have < goal && wanted.size < NEIGHBOURHOOD.budget) {
        wanted.set(device, mode)
        have++
      }
    }
  }
  for (const room of rooms) if (room.isOfTwo) fill(room, Infinity)
  for (const room of rooms) fill(room, 2)
  for (const room of rooms) fill(room, room.goal)
  return wanted
}

const isSame = (a: Wanted, b: Wanted): boolean =>
  a.size === b.size && [...b].every(([device, mode]) => a.get(device) === mode)

function endSurplus (draft: Draft, now: number, dice: Dice, wakes: number[]): NeighbourhoodEffect[] {
  const effects: NeighbourhoodEffect[] = []
  const mayAsk = (device: DeviceKey): boolean =>
    (draft.links.get(device)?.keptUntil ?? 0) <= now && isSpare(draft, device)
  const end = (device: DeviceKey, type: 'ask' | 'turn-away'): void => {
    const link = draft.links.get(device)
    if (link !== undefined) draft.links.set(device, { ...link, endingSince: now })
    effects.push({ type, device })
    wakes.push(now + NEIGHBOURHOOD.endingMs)
  }
  /** Asks about one that this device can spare. When every other end has refused, the newest gives way. */
  const endOneOf = (devices: readonly DeviceKey[]): void => {
    const spare = devices.filter(mayAsk)
    const chosen = spare[dice.below(spare.length)]
    if (chosen !== undefined) end(chosen, 'ask')
    else {
      const newest = devices.findLast((device) => draft.wanted.get(device) !== 'both')
      if (newest !== undefined) end(newest, 'turn-away')
    }
  }

  const before = linkedByRoom(draft)
  const isCrowded = (tag: RoomTag): boolean => (before.get(tag)?.length ?? 0) > NEIGHBOURHOOD.linksMax
  for (const [device, link] of draft.links) {
    if (link.endingSince !== null || link.rooms.size > 0) continue
    const at = Math.max(link.since + NEIGHBOURHOOD.graceMs, link.keptUntil)
    if (at > now) wakes.push(at)
    else end(device, 'ask')
  }
  for (const [tag, room] of draft.rooms) {
    const linked = isCrowded(tag) ? linkedByRoom(draft).get(tag) ?? [] : []
    const first = linked[NEIGHBOURHOOD.linksMax]
    if (isSmall(room) || first === undefined) continue
    const at = (draft.links.get(first)?.since ?? now) + NEIGHBOURHOOD.graceMs
    if (at > now) wakes.push(at)
    else endOneOf(linked)
  }
  const kept = keptLinks(draft)
  if (kept.length > NEIGHBOURHOOD.budget) endOneOf(kept.filter((device) => !draft.wanted.has(device)))
  return effects
}
