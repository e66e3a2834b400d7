/** Random small histories for the proofs of the law: people who know little, fork, cut and strike at will. */
import type { DeviceKey, EnvelopeId, InviteId, UserKey } from '#shared/ids.ts'
import type { Role } from '../../api.ts'
import { DEFAULT_POLICY } from '../../rooms/membership/operations.ts'
import type { Act, Cut, LawOperation } from '../../rooms/membership/law/operation.ts'
import { createRandom } from '../simulation/random.ts'

const PEOPLE = ['anna', 'bert', 'carl', 'dora'] as readonly string[] as readonly UserKey[]
const ROLES: readonly Role[] = ['observer', 'member', 'moderator', 'admin', 'owner']
const deviceOf = (user: UserKey, number: number): DeviceKey => `${user}-${number}` as DeviceKey
const otherOf = (user: UserKey, device: DeviceKey): DeviceKey => deviceOf(user, device === deviceOf(user, 1) ? 2 : 1)

export interface HistoryOptions {
  /** In all. */
  operations: number
  people?: number
  devices?: number
  /** Begin with a room of people who are in, with roles: what follows has something to disagree about. */
  isSettled?: boolean
  /** Begin with second devices as well, and do what lets people go and come: leaving, handing over, putting out. */
  isLeaving?: boolean
}

/** Those of the acts that a history is made of. */
const LEAVING = [1, 3, 7, 7, 7, 8, 12, 12, 12, 13]

export function randomHistory (seed: number, options: HistoryOptions): LawOperation[] {
  const { operations, people = 4, devices = 2, isSettled = false, isLeaving = false } = options
  const made = createRandom(seed)
  const random = (): number => made.next()
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  const users = PEOPLE.slice(0, people)
  const creator = users[0]!
  const history: LawOperation[] = []
  /** Operations with what is in their past, themselves too. */
  const pasts = new Map<EnvelopeId, Set<EnvelopeId>>()
  const holders = new Map<DeviceKey, UserKey>([[deviceOf(creator, 1), creator]])

  const newInvite = (): InviteId => `invite ${history.length}` as InviteId
  const write = (device: DeviceKey, previous: EnvelopeId | null, known: readonly EnvelopeId[], act: Act): void => {
    // Ids that say little about the order, as hashes do.
    const id = `${Math.floor(random() * 1e6).toString(36).padStart(4, '0')}.${history.length}` as EnvelopeId
    const past = new Set<EnvelopeId>([id])
    const heads = previous === null || known.includes(previous) ? known : [previous, ...known]
    for (const head of heads) for (const one of pasts.get(head) ?? []) past.add(one)
    pasts.set(id, past)
    history.push({ id, device, heads, act })
  }

  write(deviceOf(creator, 1), null, [], { type: 'create', user: creator, kind: 'group', peer: null, policy: DEFAULT_POLICY })
  if (isSettled) {
    const last = (): EnvelopeId => history.at(-1)!.id
    const of = (device: DeviceKey): EnvelopeId | null => history.findLast((one) => one.device === device)?.id ?? null
    const next = (user: UserKey, act: Act): EnvelopeId => {
      write(deviceOf(user, 1), of(deviceOf(user, 1)), [last()], act)
      return last()
    }
    const [first, second, third] = users as [UserKey, UserKey, UserKey]
    const terms = { invite: newInvite(), role: pick(['member', 'member', 'moderator'] as const) ?? 'member' }
    next(first, { type: 'invite', ...terms, maxUses: null, needsApproval: false })
    for (const user of [second, third]) holders.set(deviceOf(user, 1), user)
    next(first, { type: 'add', user: second, device: deviceOf(second, 1), ...terms })
    next(random() < 0.5 ? first : second, { type: 'add', user: third, device: deviceOf(third, 1), ...terms })
    if (random() < 0.8) next(first, { type: 'role', user: second, role: pick(['moderator', 'admin', 'owner'] as const) ?? 'admin', cut: null })
    if (random() < 0.4) next(random() < 0.5 ? first : second, { type: 'role', user: third, role: pick(['moderator', 'admin', 'owner'] as const) ?? 'admin', cut: null })
    if (isLeaving) {
      for (const user of [first, second]) {
        next(user, { type: 'adddev', user, device: deviceOf(user, 2) })
        holders.set(deviceOf(user, 2), user)
      }
      next(second, { type: 'consent', creator: first, accepts: true })
    } else if (random() < 0.3) {
      if (random() < 0.7) next(first, { type: 'leave', user: first })
      else next(first, { type: 'hand-over', user: second, consent: next(second, { type: 'consent', creator: first, accepts: true }) })
    }
  }
  for (let tries = 0; history.length < operations && tries < operations * 20; tries++) {
    const device = pick([...holders.keys()])
    if (device === undefined) break
    const author = holders.get(device)!
    const mine = history.filter((one) => one.device === device)
    const previous = mine.length === 0 ? null : random() < 0.85 ? mine.at(-1)?.id ?? null : random() < 0.6 ? pick(mine)?.id ?? null : null
    const heads = history.filter(() => random() < 0.5).map(({ id }) => id).slice(-3)
    if (mine.length === 0) {
      const record = history.find(({ act }) => (act.type === 'add' || act.type === 'adddev') && act.device === device)
      if (record !== undefined) heads.push(record.id)
    }
    const known = new Set([...previous === null ? [] : pasts.get(previous) ?? [], ...heads.flatMap((head) => [...pasts.get(head) ?? []])])
    const inPast = history.filter(({ id }) => known.has(id))
    const other = pick(users.filter((user) => user !== author))!
    const cut = (target: UserKey): Cut => {
      if (random() < 0.5) return null
      const theirs = inPast.filter((one) => holders.get(one.device) === target)
      const head = pick(theirs)
      return head === undefined || random() < 0.3 ? [] : [head.id]
    }
    const invites = inPast.flatMap(({ id, act }) => act.type === 'invite' ? [{ invite: act.invite, role: act.role, ...random() < 0.7 && { announcement: id } }] : [])
    const added = inPast.flatMap(({ act }) => act.type === 'add' ? [act.user] : [])
    const invite = pick(invites)
    const consent = pick(inPast.filter(({ act }) => act.type === 'consent' && act.creator === author))
    const reply: Act = { type: 'consent', creator: random() < 0.7 ? creator : other, accepts: random() < 0.8 }
    const handOver: Act = consent === undefined ? reply : { type: 'hand-over', user: holders.get(consent.device)!, consent: consent.id }
    const choice = isLeaving ? pick(LEAVING) ?? 0 : Math.floor(random() * 14)
    const acts: (Act | null)[] = [
      { type: 'invite', invite: invite !== undefined && random() < 0.3 ? invite.invite : newInvite(), role: pick(['member', 'member', 'moderator', 'admin', 'observer'] as const) ?? 'member', maxUses: random() < 0.3 ? 1 : null, needsApproval: random() < 0.2 },
      invite === undefined ? null : { type: 'add', user: other, device: deviceOf(other, 1), ...invite },
      invite === undefined ? null : { type: 'add', user: other, device: deviceOf(other, 1), ...invite },
      { type: 'role', user: random() < 0.85 ? pick(added) ?? other : author, role: pick(ROLES) ?? 'member', cut: cut(other) },
      { type: 'role', user: pick(added) ?? other, role: pick(['moderator', 'admin', 'owner'] as const) ?? 'admin', cut: null },
      { type: 'remove', user: other, isBan: random() < 0.3, cut: cut(other) },
      { type: 'remove', user: other, isBan: false, cut: cut(other) },
      random() < (isLeaving ? 0.3 : 0.5) ? { type: 'own' } : { type: 'leave', user: author },
      author !== creator && random() < 0.6 ? { type: 'invite', invite: newInvite(), role: 'member', maxUses: null, needsApproval: false } : handOver,
      invite === undefined ? null : { type: 'revoke-invite', invite: invite.invite, ...invite.announcement !== undefined && { announcement: invite.announcement } },
      { type: 'policy', policy: { ...DEFAULT_POLICY, invites: random() < 0.5 ? 'moderators' : 'members' } },
      devices < 2 ? null : { type: 'adddev', user: author, device: deviceOf(author, 2) },
      devices < 2 ? null : { type: 'rmdev', device: isLeaving ? otherOf(author, device) : deviceOf(random() < 0.6 ? author : other, random() < 0.5 ? 1 : 2), cut: null },
      random() < 0.5 ? { type: 'unban', user: other } : { type: 'own' }
    ]
    const act = acts[choice]
    if (act === undefined || act === null) continue
    if (act.type === 'rmdev') act.cut = cut(holders.get(act.device) ?? author)
    if (act.type === 'add' || act.type === 'adddev') {
      if (!holders.has(act.device)) holders.set(act.device, act.user)
    }
    write(device, previous, heads, act)
  }
  return history
}
