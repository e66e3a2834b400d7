/**
 * What a removal or demotion undoes of what happened at the same moment. Its target could not know of it, and may have used rights that were
 * being taken away, or have been given new ones: such operations are void on all peers alike.
 */
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { isIn, type Graph } from './graph.ts'
import { rankOf, type Operation, type OperationBody } from './operations.ts'
import type { View } from './view.ts'

/** A removal, demotion or ban that counts. */
export interface Strike {
  readonly at: number
  /** The author's rank where it stands, and the positions at which they and their device were let in. */
  readonly rank: number
  readonly admittedAt: number
  readonly grantedAt: number
}

/** Null for operations that take nothing away from anybody. @param view what the author knew */
export function strikeOf ({ body, device }: Operation, at: number, view: View): Strike | null {
  const isStrike = body.type === 'remove' || body.type === 'rmdev' || (body.type === 'role' && rankOf(body.role) < view.rankOf(body.user))
  const author = view.memberOf(device)
  return isStrike && author !== null ? { at, rank: view.rankOf(author), admittedAt: view.admittedAt(author), grantedAt: view.grantedAt(device) } : null
}

/** RULE 2: the strongest strikes first: by rank, then by who was admitted earlier, with which device, then the later operation. */
export const compareStrikes = (a: Strike, b: Strike): number =>
  b.rank - a.rank || a.admittedAt - b.admittedAt || a.grantedAt - b.grantedAt || b.at - a.at

export interface Voiding {
  isVoid(at: number): boolean
  /**
   * Takes in what counts now; answers from which position on things have to be judged again, null when all is settled.
   * @param strikes all that count, by position
   */
  settle(strikes: ReadonlyMap<number, Strike>, counts: (at: number) => boolean): number | null
}

/** A strike whose right was undone by another is taken back; nobody gets to play that game for ever. */
const DEATHS_MAX = 2

export function createVoiding (graph: Graph): Voiding {
  const reach = createReach(graph)
  /** Strikes that are in force, with what each of them voids. */
  const settled = new Map<number, readonly number[]>()
  const deaths = new Map<number, number>()
  /** By position: by how many strikes it is void. */
  const voids = new Map<number, number>()

  const count = (targets: readonly number[], by: 1 | -1): void => {
    for (const at of targets) voids.set(at, (voids.get(at) ?? 0) + by)
  }
  /** A strike that is in force is not undone by one that comes after it: it was the stronger one. */
  const isVoid = (at: number): boolean => (voids.get(at) ?? 0) > 0 && !settled.has(at)

  return {
    isVoid,
    settle (strikes, counts) {
      let from = Infinity
      for (const [at, targets] of settled) {
        if (strikes.has(at)) continue
        settled.delete(at)
        count(targets, -1)
        deaths.set(at, (deaths.get(at) ?? 0) + 1)
        from = Math.min(from, at, ...targets)
      }
      if (from !== Infinity) return from
      const fresh = [...strikes.values()].filter(({ at }) => !settled.has(at) && (deaths.get(at) ?? 0) < DEATHS_MAX).sort(compareStrikes)
      const undone: number[] = []
      for (const strike of fresh) {
        if (isVoid(strike.at)) continue
        // What it rests on is being undone: it is judged again first.
        const past = graph.pastOf(strike.at)
        if (undone.some((at) => isIn(past, at))) continue
        const targets = reach(strike.at)
        undone.push(...targets.filter((at) => counts(at) && !isVoid(at) && !settled.has(at)))
        settled.set(strike.at, targets)
        count(targets, 1)
      }
      return undone.length === 0 ? null : Math.min(...undone)
    }
  }
}

/** Answers the operations that a strike voids when it is in force. */
function createReach (graph: Graph): (strike: number) => number[] {
  const holders = new Map<DeviceKey, Set<UserKey>>()
  const byUser = new Map<UserKey, number[]>()
  const byDevice = new Map<DeviceKey, number[]>()
  const grantsTo = new Map<UserKey, number[]>()
  for (const { body } of graph.ordered) {
    const record = body.type === 'create' ? body.creator : body.type === 'add' || body.type === 'adddev' ? body.member : null
    if (record !== null) holders.set(record.device, (holders.get(record.device) ?? new Set()).add(record.user))
  }
  graph.ordered.forEach(({ device, body }, at) => {
    push(byDevice, device, at)
    for (const user of holders.get(device) ?? []) push(byUser, user, at)
    if (body.type === 'add' || body.type === 'adddev') push(grantsTo, body.member.user, at)
    if (body.type === 'role' || body.type === 'unban') push(grantsTo, body.user, at)
  })

  return (strike) => {
    const operation = graph.ordered[strike]
    if (operation === undefined) return []
    const { body } = operation
    const past = graph.pastOf(strike)
    const isConcurrent = (at: number): boolean => at !== strike && !isIn(past, at) && !isIn(graph.pastOf(at), strike)
    const those = (list: readonly number[] | undefined, isMeant: (body: OperationBody) => boolean): number[] =>
      (list ?? []).filter((at) => isConcurrent(at) && isMeant(graph.ordered[at]?.body ?? { type: 'unknown' }))
    switch (body.type) {
      case 'remove': {
        // RULE 3: a removal beats what lets its target in at the same moment; a re-admission has to follow it.
        const grants = those(grantsTo.get(body.user), () => true)
        // Who leaves takes back nothing of what they did.
        const isByItself = (holders.get(operation.device) ?? new Set()).has(body.user)
        return isByItself ? grants : [...grants, ...those(byUser.get(body.user), (other) => isAuthority(other, body.user, holders))]
      }
      case 'rmdev': return those(byDevice.get(body.device), (other) => other.type !== 'create')
      case 'role': return [
        ...those(grantsTo.get(body.user), (other) => other.type === 'role'),
        ...those(byUser.get(body.user), (other) => isAuthority(other, body.user, holders) && exceeds(other, rankOf(body.role)))
      ]
      default: return []
    }
  }
}

/** What is done to others or to the room, and not to oneself. */
function isAuthority (body: OperationBody, author: UserKey, holders: ReadonlyMap<DeviceKey, ReadonlySet<UserKey>>): boolean {
  switch (body.type) {
    case 'add':
    case 'invite':
    case 'revoke-invite':
    case 'rotate':
    case 'role':
    case 'policy':
    case 'rename':
    case 'mute':
    case 'unban':
    case 'party': return true
    case 'remove': return body.user !== author
    case 'rmdev': return !(holders.get(body.device)?.has(author) ?? false)
    case 'create':
    case 'profile':
    case 'adddev':
    case 'enckey':
    case 'unknown': return false
  }
}

/** Whether somebody of this rank could not have done it; what is done to people is always undone, since it depends on who they are. */
function exceeds (body: OperationBody, rank: number): boolean {
  switch (body.type) {
    case 'rotate':
    case 'revoke-invite': return false
    case 'add':
    case 'invite': return rank < rankOf('member') || (body.role !== 'member' && rankOf(body.role) >= rank)
    case 'policy':
    case 'rename':
    case 'party': return rank < rankOf('admin')
    default: return true
  }
}

function push<K> (map: Map<K, number[]>, key: K, at: number): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [at])
  else list.push(at)
}
