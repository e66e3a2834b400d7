/** What must be true once everything is mended. Each failure is a sentence that names who and what. */
import { toHex, type EnvelopeId } from '#shared/ids.ts'
import { decodeEnvelope, readEnvelope } from '#shared/wire/envelope.ts'
import type { Message } from '../../api.ts'
import { isToEnter, memberOf, type Membership, type ResolvedMember } from '../../rooms/membership/resolve.ts'
import type { RoomLog } from '../../rooms/log/room-log.ts'
import type { Person } from './person.ts'
import type { World } from './world.ts'

interface View {
  person: Person
  log: RoomLog
  /** Membership in one canonical text. */
  membership: string
  /** What is held of those who were ever members, likewise. */
  vector: string
}

/** Reasons for dropping something that no peer is to blame for. */
const BUGS = ['validation-failed', 'validator-rejected', 'room-trouble', 'session-job-failed', 'join-trouble', 'does-not-link', 'equivocation']

/** Far more than anything that people do can bring about. */
const OPERATIONS_PER_EVENT = 8

/** What people are told when a link does not let them in. */
const REFUSALS = /^(invite-|request-|banned$|room-full$|device-revoked$)/

function views ({ people, dead, tag }: World): View[] {
  return people.flatMap((person) => {
    const log = person.opened(tag)?.log
    if (dead.has(person) || log === undefined) return []
    // Whoever, as it turns out, was never let in is heard by nobody: some took in their entries before they knew, and others never ask for them.
    const counted = [...log.vector().values()].filter(({ devTag }) => log.membership.peek().authors.has(devTag))
    const vector = counted.map(({ devTag, have, head }) => `${devTag} ${head} ${JSON.stringify(have)}`).sort().join('\n')
    return [{ person, log, membership: canonical(log.membership.peek()), vector }]
  })
}

/** The living members by the view that most of those share who hold themselves for members. */
export function membersIn (world: World): Person[] {
  return memberViews(world).map(({ person }) => person)
}

function memberViews (world: World): View[] {
  const all = views(world)
  const groups = Map.groupBy(all.filter(({ log, person }) => memberOf(log.membership.peek(), person.device) !== null), ({ membership }) => membership)
  const [most] = [...groups.values()].sort((a, b) => b.length - a.length || (a[0]?.log.operations.all().length ?? 0) - (b[0]?.log.operations.all().length ?? 0))
  const agreed = most?.[0]?.log.membership.peek()
  return agreed === undefined ? [] : all.filter(({ person }) => memberOf(agreed, person.device) !== null)
}

export async function hasConverged (world: World): Promise<boolean> {
  const members = memberViews(world)
  const [first] = members
  if (first === undefined) return true
  if (waitingOutside(world, first).length > 0) return false
  if (!members.every(({ membership, vector }) => membership === first.membership && vector === first.vector)) return false
  const lists = await listsOf(world, members)
  return lists.every((list) => missingOf(world, list, lists).length === 0)
}

export async function check (world: World): Promise<void> {
  const { failures } = world
  const members = memberViews(world)
  const [first] = members
  if (first === undefined) return
  for (const { person, log, membership, vector } of members) {
    if (membership !== first.membership) failures.push(`${person.name} and ${first.person.name} see another membership:\n${difference(membership, first.membership)}`)
    checkAgreement(world, person, log, first)
    if (vector !== first.vector) failures.push(`${person.name} and ${first.person.name} do not hold the same:\n${difference(vector, first.vector)}`)
  }
  const operations = first.log.operations.all().length
  if (operations > OPERATIONS_PER_EVENT * (world.trace.length + world.people.length)) failures.push(`${operations} operations came of ${world.trace.length} events: somebody goes round in circles`)
  for (const { name } of waitingOutside(world, first)) failures.push(`${name} waits outside, though their person is in`)
  const { retentionCount } = first.log.membership.peek().policy
  // Of messages with the same clock as the oldest that is kept, all are.
  const kept = retentionCount === null ? Infinity : retentionCount + world.people.length
  for (const { person } of members) {
    const { length } = await shownTo(world, person)
    if (length > kept) failures.push(`${person.name} is shown ${length} messages, where the room keeps ${retentionCount}`)
  }
  await checkShown(world, members)
  await checkKept(world, members)
  await checkReaders(world, first.log.membership.peek())
  for (const person of world.people) {
    for (const trouble of person.troubles) if (!REFUSALS.test(trouble)) failures.push(`${person.name} was told of ${trouble}`)
    for (const reason of person.session?.mesh.dropped.keys() ?? []) if (reason.startsWith('over-')) failures.push(`${person.name} counts ${reason}, and nobody was hostile`)
    for (const reason of BUGS) if (person.session?.mesh.dropped.has(reason) === true) failures.push(`${person.name} counts ${reason}`)
  }
}

/** All come to the same hashes, and nobody is told that somebody sees another room. */
function checkAgreement ({ failures, tag }: World, person: Person, log: RoomLog, first: View): void {
  const [mine, theirs] = [log, first.log].map(({ operations }) => operations.agreement.peek())
  if (mine?.set !== theirs?.set) failures.push(`${person.name} and ${first.person.name} judge other operations`)
  else if (mine?.result !== theirs?.result) failures.push(`${person.name} and ${first.person.name} make something else of the same operations`)
  for (const { name } of person.room(tag)?.people.disagreements.peek() ?? []) failures.push(`${person.name} is told that ${name} sees another room`)
}

/** Same messages, same order, none twice; and an open window shows what a new one does. */
async function checkShown (world: World, members: readonly View[]): Promise<void> {
  const { failures, tag } = world
  const lists = await listsOf(world, members)
  const fullest = lists.reduce<string[]>((most, { shown }) => shown.length > most.length ? shown : most, [])
  for (const list of lists) {
    const { person, shown } = list
    const missing = missingOf(world, list, lists)
    if (missing.length > 0) failures.push(`${person.name} is not shown what others are: ${missing.join(', ')}`)
    else if (!same(shown.filter((line) => fullest.includes(line)), fullest.filter((line) => shown.includes(line)))) failures.push(`${person.name} is shown another order:\n${difference(shown.join('\n'), fullest.join('\n'))}`)
    const ids = shown.map(idOf)
    if (new Set(ids).size < ids.length) failures.push(`${person.name} is shown a message twice`)
    const open = person.watch(tag)?.map(lineOf)
    if (open !== undefined && !same(open, shown)) failures.push(`the open window of ${person.name} shows something else:\n${difference(open.join('\n'), shown.join('\n'))}`)
  }
}

/** Devices of members that have the room, were never in it, and live. */
const waitingOutside = ({ people, dead, tag }: World, { log }: View): Person[] => people.filter((person) =>
  !dead.has(person) && person.opened(tag) !== null && isToEnter(log.membership.peek(), person.user, person.device))

interface List { person: Person, member: ResolvedMember | null, shown: string[] }

const listsOf = async (world: World, members: readonly View[]): Promise<List[]> => await Promise.all(members.map(async ({ person, log }) =>
  ({ person, member: memberOf(log.membership.peek(), person.device), shown: await shownTo(world, person) })))

/** What others are shown and somebody is not who is entitled to it: everything, or what was said by who knew that they were in. */
function missingOf ({ history, said, retentionCount, retentionMs }: World, { member, shown }: List, lists: readonly List[]): string[] {
  // Whoever has heard of messages that a removal takes back later has let go of older ones for them, and does not get those back.
  // What had its time before it came is not shown, and what came before goes within the hour.
  if (retentionCount !== null || retentionMs !== null) return []
  const has = new Set(shown)
  const everything = [...new Set(lists.flatMap((list) => list.shown))]
  if (history === 'everything' || member === null) return everything.filter((line) => !has.has(line))
  // An edit may have been written while they were out.
  const ids = new Set(shown.map(idOf))
  const theirs = new Set(said.filter(({ members }) => members.get(member.user) === member.admittedBy).map(({ id }) => id))
  return everything.filter((line) => theirs.has(idOf(line)) && !ids.has(idOf(line)))
}

/** Once all messages have had their time: nobody is shown one, and no device has the words of one. */
export async function checkEnded (world: World): Promise<void> {
  const { said, failures, tag } = world
  for (const { person } of memberViews(world)) {
    for (const line of await shownTo(world, person)) failures.push(`${person.name} is still shown ${line}`)
    for (const { id, text } of said) {
      const row = await person.store?.entries.byId(tag, id)
      if (row != null && !('erasedHash' in readEnvelope(row.bytes).body)) failures.push(`${person.name} still holds "${text}", which had its time`)
    }
  }
}

/** What a member's device said is stored, is stored; that all hold the same was checked before. */
async function checkKept ({ said, failures, tag }: World, members: readonly View[]): Promise<void> {
  for (const { id, text, by } of said) {
    if (!members.some(({ person }) => person === by)) continue
    if (await by.store?.entries.byId(tag, id) == null) failures.push(`${by.name} has lost "${text}"`)
  }
}

/** Nobody can open what was sent by somebody who knew of their removal. A link that they use again gives them keys by right. */
async function checkReaders ({ people, said, asked, failures, tag, history }: World, agreed: Membership): Promise<void> {
  for (const { id, text, removed, revoked, by, known } of said) {
    const row = await by.store?.entries.byId(tag, id)
    if (row == null) continue
    const { header: { epochId } } = await decodeEnvelope(row.bytes)
    const holds = (person: Person): boolean => person.opened(tag)?.log.keyring.get(epochId)?.messageKey != null
    if (history === 'since-joining') {
      for (const person of people) if (!known.has(person.user) && holds(person)) failures.push(`${person.name} can read "${text}", said before they came`)
    }
    // Whose revocation or removal turned out not to count is in, and is given the keys.
    for (const person of people.filter(({ device, user }) => revoked.includes(device) && !asked.has(user) && memberOf(agreed, device) === null)) {
      if (holds(person)) failures.push(`${person.name} can read "${text}", sent after it was revoked`)
    }
    for (const person of people.filter(({ user, device }) => removed.includes(user) && memberOf(agreed, device) === null)) {
      if (asked.has(person.user)) continue
      if (holds(person)) failures.push(`${person.name} can read "${text}", sent after their removal was known`)
    }
  }
}

async function shownTo ({ tag }: World, person: Person): Promise<string[]> {
  const room = person.room(tag)
  if (room === null) return []
  const window = room.messages.openTimeline({ pageSize: 100_000 })
  try {
    for (let turn = 0; turn < 50 && window.messages.peek() === null; turn++) await new Promise((resolve) => { setImmediate(resolve) })
    return (window.messages.peek() ?? []).map(lineOf)
  } finally {
    window.dispose()
  }
}

const idOf = (line: string): EnvelopeId => line.slice(0, 64) as EnvelopeId
const lineOf = ({ id, author, text }: Message): string => `${id} ${author.slice(0, 8)} ${text}`

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((line, i) => line === b[i])

/** The lines that only one of them has. */
function difference (one: string, other: string): string {
  const [a, b] = [one.split('\n'), other.split('\n')]
  return [...a.filter((line) => !b.includes(line)).map((line) => `  + ${line}`), ...b.filter((line) => !a.includes(line)).map((line) => `  - ${line}`)].slice(0, 12).join('\n')
}

/** One text for one value, in whatever order its maps and sets were filled. Functions do not count. */
export function canonical (value: unknown): string {
  const write = (at: unknown, indent: string): string => {
    if (at instanceof Uint8Array) return toHex(at)
    if (at instanceof Map) return [...at].map(([key, held]) => `\n${indent}${String(key)}: ${write(held, `${indent} `)}`).sort().join('')
    if (at instanceof Set) return [...at].map(String).sort().join(' ')
    if (Array.isArray(at)) return at.map((held) => `\n${indent}- ${write(held, `${indent} `)}`).join('')
    if (typeof at === 'object' && at !== null) {
      return Object.entries(at).filter(([, held]) => typeof held !== 'function').map(([key, held]) => `\n${indent}${key}: ${write(held, `${indent} `)}`).sort().join('')
    }
    return String(at)
  }
  return write(value, '')
}
