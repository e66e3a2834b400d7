/** What people do and what happens to them, as a seed decides: each step is one event, then some time passes. */
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { parseInvite } from '#shared/invite.ts'
import type { Role } from '../../api.ts'
import { removeDevice } from '../../rooms/entry/device-admission.ts'
import { toEpochs } from '../../rooms/entry/at-node/join-at-node.ts'
import { memberOf } from '../../rooms/membership/resolve.ts'
import { keepRoomKeys, keysOf } from '../../rooms/room-keys.ts'
import type { RoomLog } from '../../rooms/log/room-log.ts'
import type { Remote } from '../../mesh/types.ts'
import { FINE } from './network.ts'
import type { Person } from './person.ts'
import type { World } from './world.ts'

type Act = (world: World, person: Person) => void

/** What a member does, as often as the number says. */
const ACTIONS: readonly (readonly [weight: number, name: string, act: Act])[] = [
  [40, 'says', say],
  [5, 'invites', invite],
  [5, 'is removed', remove],
  [2, 'bans', withSomebody((actions) => actions.ban)],
  [3, 'gives a role', giveRole],
  [2, 'mutes', mute],
  [1, 'unbans', unban],
  [2, 'leaves', (world, person) => attempt(world, person.room(world.tag)?.settings.leave.value?.())],
  [2, 'is called otherwise', (world, person) => { if (isMember(world, person)) person.rename(`${person.name} ${world.random.below(1000)}`) }],
  [2, 'renames the room', (world, person) => attempt(world, person.room(world.tag)?.settings.rename.value?.({ name: `Kitchen ${world.random.below(1000)}` }))],
  [2, 'changes the policy', changePolicy],
  [2, 'revokes an invitation', revoke],
  [3, 'links a device', linkDevice],
  [1, 'revokes a device', revokeDevice],
  [1, 'revokes a device by the root key', revokeByRootKey],
  [3, 'offers the room', offerRoom],
  [3, 'replies to an offer', replyToOffer],
  [1, 'continues in a new room', continueElsewhere],
  [1, 'follows into a new room', followElsewhere],
  [2, 'has a new key', (world, person) => attempt(world, person.outliveKey())],
  [3, 'edits', (world, person) => correct(world, person, 'edit')],
  [3, 'deletes', (world, person) => correct(world, person, 'delete')]
]

/** What happens to people, whether they are members or not. */
const EVENTS: readonly (readonly [weight: number, name: string, act: Act])[] = [
  [12, 'joins', join],
  [4, 'goes offline', (world, person) => world.network.setOnline(person.device, false)],
  [6, 'comes online', (world, person) => world.network.setOnline(person.device, true)],
  [3, 'crashes', (_, person) => person.crash()],
  [4, 'will crash in a write', ({ random }, person) => person.crashAtWrite(1 + random.below(4), random.pick(['before', 'after'] as const))],
  [10, 'starts', (world, person) => { if (!world.dead.has(person)) world.run(person.start()) }],
  [1, 'is slow', ({ network }, person) => network.slow.add(person.device)],
  [1, 'is no longer slow', ({ network }, person) => network.slow.delete(person.device)],
  [1, 'is gone for good', die],
  [3, 'cuts the network in parts', split],
  [4, 'mends the network', ({ network }) => network.split(new Map())],
  [3, 'changes the weather', changeWeather],
  [2, 'switches the node', ({ network, random }) => network.setNode(random.chance(0.6))]
]

export function takeStep (world: World): void {
  const isAction = world.random.chance(0.7)
  const [, name, act] = pickWeighted(world, isAction ? ACTIONS : EVENTS)
  const among = isAction ? world.people.filter((person) => person.room(world.tag) !== null) : world.people
  if (among.length === 0) return
  const person = world.random.pick(among)
  world.trace.push(`${person.name} ${name}`)
  act(world, person)
}

function pickWeighted<T extends readonly [number, ...unknown[]]> ({ random }: World, list: readonly T[]): T {
  let at = random.below(list.reduce((sum, [weight]) => sum + weight, 0))
  for (const entry of list) if ((at -= entry[0]) < 0) return entry
  throw new Error('weights are whole numbers')
}

/** What a person is told that it cannot be done is well; any other failure is a bug. */
function attempt (world: World, doing: Promise<unknown> | null | undefined): void {
  doing?.catch((error: unknown) => { if (!(error instanceof ParleyError)) world.failures.push(`an action failed: ${String(error)}`) })
}

export const isMember = (world: World, person: Person): boolean => {
  const log = person.opened(world.tag)?.log
  return log !== undefined && memberOf(log.membership.peek(), person.device) !== null
}

export function say (world: World, person: Person): void {
  const opened = person.opened(world.tag)
  const send = opened?.room.messages.send.value ?? null
  if (opened === null || send === null) return
  const { members, authors } = opened.log.membership.peek()
  const removed = [...authors.values()].map(({ user }) => user).filter((user) => !members.has(user))
  const text = `${person.name} ${++world.texts}`
  const revoked = [...authors.values()].flatMap(({ user, device }) => members.get(user)?.devices.has(device) === false ? [device] : [])
  const known = new Set([...authors.values()].map(({ user }) => user))
  const admissions = new Map([...members.values()].map(({ user, admittedBy }) => [user, admittedBy]))
  attempt(world, send(text).then((id) => { world.said.push({ id, text, by: person, removed, revoked, known, members: admissions }) }))
}

export function invite (world: World, person: Person): void {
  const { random } = world
  const role = random.chance(0.15) ? random.pick(['observer', 'moderator', 'admin'] as const) : undefined
  const maxUses = random.chance(0.2) ? 1 + random.below(3) : null
  const make = person.room(world.tag)?.entry.invite.value
  attempt(world, make?.({ maxUses, ...(role !== undefined && { role }), expiresInMs: random.chance(0.1) ? 60_000 : 86_400_000, worksOffline: random.chance(0.7) })
    .then(({ link }) => { world.links.push(link) }))
}

function remove (world: World, person: Person): void {
  const members = [...person.opened(world.tag)?.log.membership.peek().members.keys() ?? []].filter((user) => user !== person.user)
  if (members.length > 0) attempt(world, person.room(world.tag)?.people.actions.value.get(world.random.pick(members))?.kick?.())
}

interface Actions { user: UserKey, kick: (() => Promise<void>) | null, ban: (() => Promise<void>) | null, mute: ((untilMs: number | null) => Promise<void>) | null,
  roles: readonly Role[], setRole: ((role: Role) => Promise<void>) | null }

function actionsOf ({ random, tag }: World, person: Person): Actions | null {
  const all = [...person.room(tag)?.people.actions.value ?? []]
  if (all.length === 0) return null
  const [user, actions] = random.pick(all)
  return { user, ...actions }
}

function withSomebody (pick: (actions: Actions) => (() => Promise<void>) | null): Act {
  return (world, person) => {
    const actions = actionsOf(world, person)
    attempt(world, actions === null ? null : pick(actions)?.())
  }
}

function giveRole (world: World, person: Person): void {
  const actions = actionsOf(world, person)
  if (actions?.setRole != null && actions.roles.length > 0) attempt(world, actions.setRole(world.random.pick(actions.roles)))
}

function mute (world: World, person: Person): void {
  attempt(world, actionsOf(world, person)?.mute?.(world.random.chance(0.3) ? null : Date.now() + world.random.below(120_000)))
}

function unban (world: World, person: Person): void {
  const room = person.room(world.tag)
  const banned = room?.people.bans.value ?? []
  if (banned.length > 0) attempt(world, room?.people.unban.value?.(world.random.pick(banned).user))
}

function changePolicy (world: World, person: Person): void {
  const { random } = world
  const change = person.room(world.tag)?.settings.changePolicy.value
  attempt(world, change?.(random.chance(0.5) ? { slowModeMs: random.below(3) * 1000 } : { invites: random.pick(['members', 'moderators'] as const) }))
}

function revoke (world: World, person: Person): void {
  const room = person.room(world.tag)
  const open = room?.entry.invites.value ?? []
  if (open.length > 0) attempt(world, room?.entry.revokeInvite(world.random.pick(open).id))
}

function correct (world: World, person: Person, how: 'edit' | 'delete'): void {
  const room = person.room(world.tag)
  const shown = (person.watch(world.tag) ?? []).filter((message) => how === 'edit' ? message.canEdit : message.canDelete)
  if (room === null || shown.length === 0) return
  const { id } = world.random.pick(shown)
  attempt(world, how === 'edit' ? room.messages.edit.value?.(id, `${person.name} ${++world.texts}`) : room.messages.delete.value?.(id))
}

export function join (world: World, person: Person): void {
  const { session } = person
  if (session === null || world.links.length === 0 || isMember(world, person)) return
  // Mostly the newest: older ones are used up or revoked.
  const link = world.random.chance(0.7) ? world.links.at(-1) : world.random.pick(world.links)
  if (link === undefined) return
  session.joining.join(parseInvite(link))
  world.asked.add(person.user)
}

/** Hands what it has of the room to the other device of the same person, as linking and the backup do; whoever is there lets that one in. */
export function linkDevice (world: World, person: Person): void {
  const opened = person.opened(world.tag)
  const { device: twin, store, session } = world.people.find(({ user, device }) => user === person.user && device !== person.device) ?? {}
  const keys = opened === null || !isMember(world, person) ? null : keysOf(opened.log, 'Kitchen')
  if (keys === null || twin === undefined || store == null || session == null || (opened !== null && isRevoked(opened.log, twin))) return
  const known = session.rooms.get(world.tag)
  attempt(world, known === null
    ? keepRoomKeys(store, keys).then(async (record) => await session.rooms.open(record))
    : toEpochs(keys.epochs).then(async (epochs) => await known.log.addEpochs(epochs)))
}

/** A revoked device is signed out at the node, and gets nothing there. */
const isRevoked = ({ membership }: RoomLog, device: DeviceKey): boolean =>
  [...membership.peek().authors.values()].some((author) => author.device === device) && memberOf(membership.peek(), device) === null

function revokeDevice (world: World, person: Person): void {
  const log = person.opened(world.tag)?.log
  const other = world.people.find(({ user, device }) => user === person.user && device !== person.device)
  if (log !== undefined && other !== undefined && isMember(world, person)) attempt(world, removeDevice(log, other.device))
}

/** As in the settings: its person's devices and, in turn, moderators put it out of the room. */
function revokeByRootKey (world: World, person: Person): void {
  const { session } = person
  const other = world.people.find(({ user, device }) => user === person.user && device !== person.device)
  const authors = [...person.opened(world.tag)?.log.membership.peek().authors.values() ?? []]
  // One that was never in would wait outside for good.
  if (session !== null && other !== undefined && authors.some(({ device }) => device === other.device)) attempt(world, session.ownDevices.revoke(other.device))
}

function offerRoom (world: World, person: Person): void {
  const offers = [...person.room(world.tag)?.people.actions.value.values() ?? []].flatMap((actions) => actions.offerRoom ?? [])
  if (offers.length > 0) attempt(world, world.random.pick(offers)())
}

/** Mostly says yes. The one who offers may take it back. */
function replyToOffer (world: World, person: Person): void {
  const handOver = person.room(world.tag)?.people.handOver.value
  if (handOver == null) return
  attempt(world, handOver.accept !== null && world.random.chance(0.8) ? handOver.accept() : handOver.decline())
}

function continueElsewhere (world: World, person: Person): void {
  attempt(world, person.room(world.tag)?.settings.continueInNewRoom.value?.({ withBans: world.random.chance(0.5) }))
}

function followElsewhere (world: World, person: Person): void {
  const open = (person.room(world.tag)?.settings.continuations.value ?? []).filter(({ isJoined }) => !isJoined)
  if (open.length > 0) person.session?.joining.join(parseInvite(world.random.pick(open).link))
}

/** At least half of the people, and whoever began the room, stay in the story. */
function die (world: World, person: Person): void {
  if (person === world.people[0] || world.dead.size >= world.people.length / 4) return
  world.dead.add(person)
  person.crash()
}

function split ({ network, people, random }: World): void {
  const parts = 2 + random.below(2)
  const remotes: Remote[] = ['node', ...people.map(({ device }) => device)]
  network.split(new Map(remotes.map((remote) => [remote, random.below(parts)])))
}

function changeWeather ({ network, random }: World): void {
  network.conditions = random.chance(0.3) ? FINE : {
    loss: random.next() * 0.8, duplication: random.next() * 0.5, delayMs: 20 + random.below(3000), cut: random.chance(0.5) ? random.next() * 0.2 : 0
  }
}
