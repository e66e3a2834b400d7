/** A process of `light-crowd.ts`. What is told to whom when is decided, sealed and sent by the product's own code. */
import { signal } from '@preact/signals-core'
import type { DeviceKey } from '#shared/ids.ts'
import { ADDRESSED_PROTOCOL } from '#shared/wire/addressed.ts'
import { decodeEnvelope, encodeEnvelope, markVerified, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { decodeGossipFrame, encodeGossipFrame, topicOf } from '#shared/wire/gossip.ts'
import { encodeRequest, RENDEZVOUS_PROTOCOL } from '#shared/wire/rendezvous.ts'
import { runSync, SYNC_PROTOCOL } from '#shared/wire/sync/index.ts'
import { createMemoryReplica, type MemoryReplica } from '#shared/wire/sync/testing/memory-replica.ts'
import { createPerson, ROOM, roomKeys, type Person } from '#shared/wire/sync/testing/people.ts'
import { createPlace } from '#shared/wire/testing/room-keys.ts'
import { epochFromSeed } from '../../client/crypto/index.ts'
import type { Mesh } from '../../client/mesh/types.ts'
import { createNodeApi } from '../../client/node-api/index.ts'
import { createAddressed, type Addressed } from '../../client/protocols/addressed/index.ts'
import { openPresence, sealPresence, splitPresence } from '../../client/protocols/presence/index.ts'
import { createAcknowledgements, type Acknowledgements } from '../../client/rooms/live/acknowledgements.ts'
import { createHolderCounts, type HolderCounts } from '../../client/rooms/messages/holder-counts.ts'
import type { Membership } from '../../client/rooms/membership/resolve.ts'
import type { RoomLogEvents, RoomLog } from '../../client/rooms/log/room-log.ts'
import { createEvents, type EventEmitter } from '../../client/state/events.ts'
import { createScope, type Scope } from '../../client/state/scope.ts'
import { openBudgets } from '../../client/testing/open-budgets.ts'
import { openLightClient, type LightClient } from '../../e2e/adversary/lib/light-client.ts'
import type { CrowdAnswer, CrowdCommand, CrowdMember } from './light-crowd.ts'

/** As `exchange.ts` does after an entry of its own. */
const KEPT_DELAY_MS = 250
/** Clients that connect at the same time. */
const AT_ONCE = 10

const epoch = await epochFromSeed(new Uint8Array(32).fill(9))
const access = await roomKeys()
const membership = signal({ members: new Map(), authors: new Map(), memberOf: () => null } as unknown as Membership)
const members: Member[] = []
let delivered = 0
/** Unstored frames of all members of this process. */
let sent = 0

interface Member {
  person: Person
  client: LightClient
  replica: MemoryReplica
  scope: Scope
  events: EventEmitter<RoomLogEvents>
  addressed: Addressed
  acknowledgements: Acknowledgements
  counts: HolderCounts
  /** Devices that have acknowledged the newest message of this one. */
  confirmed: Map<DeviceKey, number>
}

async function signUp (origin: string, name: string, deviceKey: CryptoKeyPair): Promise<string> {
  const api = createNodeApi({ origin, deviceKey })
  const email = `${name}@example.org`
  await api.requestCode(email)
  const [mail] = await (await fetch(`${origin}/dev/mail?to=${encodeURIComponent(email)}`)).json() as { code: string }[]
  if (mail === undefined) throw new Error(`no code for ${email}`)
  return (await api.verifyCode({ email, code: mail.code, deviceLabel: name })).passport
}

async function open (origin: string, name: string): Promise<Member> {
  const person = await createPerson(ROOM)
  const passport = await signUp(origin, name, person.keys)
  const account = { email: '', deviceKey: person.keys, api: createNodeApi({ origin, deviceKey: person.keys }), passport }
  const client = await openLightClient(origin, { account })
  const member = assemble(person, client)
  client.libp2p.services.pubsub.subscribe(topicOf(ROOM))
  client.libp2p.services.pubsub.addEventListener('gossipsub:message', ({ detail: { msg } }) => {
    take(member, msg.data).catch((error: unknown) => console.error(error))
  })
  const rendezvous = await client.openStream(RENDEZVOUS_PROTOCOL)
  const place = await createPlace({
    room: ROOM, device: person.device, node: client.nodeKey, keys: { privateKey: access.privateKey, publicKey: access.rawPublicKey }
  })
  await rendezvous.send(encodeRequest({ type: 'register', places: [place] }))
  const listen = async (): Promise<void> => { while (await rendezvous.receive({ timeoutMs: null }) !== null); }
  listen().catch(() => {})
  await compare(member)
  return member
}

function assemble (person: Person, client: LightClient): Member {
  const scope = createScope((error) => console.error(error))
  const replica = createMemoryReplica(ROOM)
  const events = createEvents<RoomLogEvents>()
  const log = { roomTag: ROOM, devTag: person.devTag, membership, events, vector: () => replica.vector() } as unknown as RoomLog
  const mesh = {
    links: signal(new Map()), node: signal('online'), drop () {}, budgets: openBudgets(), handle: () => () => {},
    open: async () => await client.openStream(ADDRESSED_PROTOCOL)
  } as unknown as Mesh
  const addressed = createAddressed({ mesh, localKey: person.device })
  const confirmed = new Map<DeviceKey, number>()
  addressed.enter(ROOM, (frame) => scope.run(confirm(person, confirmed, frame)))
  const acknowledgements = createAcknowledgements({
    log, scope,
    device: person.device,
    ownRead: () => [],
    isBlocked: () => false,
    isReachable: () => true,
    sendTo: (devices, content) => scope.run((async () => {
      for (const part of splitPresence(content)) {
        const frame = await sealPresence({ roomTag: ROOM, device: person.device, signingKey: person.keys.privateKey, epoch },
          { content: part, sentAt: Date.now(), count: ++sent })
        for (const device of devices) addressed.send(ROOM, device, frame)
      }
    })()),
    tellHeld: (logs) => addressed.tellHeld(ROOM, logs)
  })
  const counts = createHolderCounts({ log, scope, countHolders: async (position) => await addressed.countHolders(ROOM, position) })
  return { person, client, replica, scope, events, addressed, acknowledgements, counts, confirmed }
}

async function confirm ({ devTag }: Person, confirmed: Map<DeviceKey, number>, bytes: Uint8Array): Promise<void> {
  const frame = decodeGossipFrame(bytes)
  if (frame.type !== 'ephemeral') return
  const { content } = await openPresence(frame, { roomTag: ROOM, epochOf: () => epoch })
  if (content.type !== 'receipt' && content.type !== 'receipt-and-read') return
  for (const held of content.held) if (held.devTag === devTag) confirmed.set(frame.device, held.to)
}

async function append (member: Member, entry: VerifiedEnvelope): Promise<void> {
  await member.replica.append([entry])
  const { devTag, seq } = entry.header
  member.events.emit('appended', { rows: [{ devTag, seq }], envelopes: [entry] } as unknown as RoomLogEvents['appended'])
}

async function take (member: Member, bytes: Uint8Array): Promise<void> {
  const frame = decodeGossipFrame(bytes)
  if (frame.type !== 'envelope') return
  const entry = markVerified(await decodeEnvelope(frame.envelope), frame.device)
  delivered++
  await append(member, entry)
  // Everybody has the room open, which is the most that a message can cost.
  member.acknowledgements.tellRead([{ devTag: entry.header.devTag, seq: entry.header.seq }])
}

async function compare ({ person, client, replica }: Member): Promise<void> {
  const { nodeKey } = client
  const decide = (remote: Uint8Array): boolean | undefined => Buffer.from(remote).equals(nodeKey) ? true : undefined
  await runSync(await client.openStream(SYNC_PROTOCOL), { replica, access: person.access(access, { decide }) }, { remoteKey: nodeKey, register: true })
}

async function write (): Promise<void> {
  const [author] = members
  if (author === undefined) throw new Error('nobody is here')
  const entry = await author.person.write()
  const frame = encodeGossipFrame({ type: 'envelope', envelope: encodeEnvelope(entry), device: author.person.device })
  await author.client.libp2p.services.pubsub.publish(topicOf(ROOM), frame)
  await append(author, entry)
  author.scope.later(KEPT_DELAY_MS, () => author.scope.run(compare(author)))
}

async function openAll (origin: string, names: readonly string[]): Promise<CrowdMember[]> {
  for (let at = 0; at < names.length; at += AT_ONCE) {
    members.push(...await Promise.all(names.slice(at, at + AT_ONCE).map(async (name) => await open(origin, name))))
  }
  return members.map(({ person: { device, devTag } }) => ({ device, devTag }))
}

function meet (all: readonly CrowdMember[]): void {
  const people = new Map(all.map(({ device }) => [device as string, { user: device, name: device, devices: new Map([[device, {}]]) }]))
  const authors = new Map(all.map(({ device, devTag }) => [devTag, { user: device, device, name: device }]))
  membership.value = { members: people, authors, memberOf: (device: DeviceKey) => people.get(device) ?? null } as unknown as Membership
}

const known = (): number => {
  const author = members.find(({ person }) => person.log.length > 0)
  const seq = author?.person.log.at(-1)?.header.seq
  if (author === undefined || seq === undefined) return 0
  return author.counts.of(seq) ?? [...author.confirmed.values()].filter((to) => to >= seq).length
}

async function handle (command: CrowdCommand): Promise<CrowdAnswer> {
  switch (command.type) {
    case 'open': return { type: 'opened', members: await openAll(command.origin, command.names) }
    case 'members': meet(command.members); break
    case 'write': await write(); break
    case 'report': return { type: 'report', delivered, known: known() }
  }
  return { type: 'done' }
}

process.on('message', (command: CrowdCommand) => {
  handle(command).catch((error: unknown): CrowdAnswer => ({ type: 'failed', reason: error instanceof Error ? error.stack ?? error.message : String(error) }))
    .then((answer) => process.send?.(answer)).catch((error: unknown) => console.error(error))
})
