/** Alice, Bob and Carol, and a node with its mailbox: a real database file, real sessions; the relay is the one thing in memory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { PassportClaims } from '#shared/http/passport.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { encodeEnvelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { encodeGossipFrame, ephemeralSignedBytes } from '#shared/wire/gossip.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { runSync, SYNC_PROTOCOL, type SyncResult } from '#shared/wire/sync/index.ts'
import { createMemoryReplica } from '#shared/wire/sync/testing/memory-replica.ts'
import { createPerson, ROOM, roomKeys, type Person } from '#shared/wire/sync/testing/people.ts'
import { openDatabase, type Db } from '../../store/database.ts'
import { createMailboxStore } from '../../store/mailbox.ts'
import { toSqliteUrl } from '../../store/url.ts'
import { createMailbox, type Mailbox, type MailboxOptions, type MailboxRelay } from '../index.ts'

export const keys = await roomKeys()
export const node = await createPerson()
export const [alice, bob, carol] = [await createPerson(), await createPerson(), await createPerson()]
export const ends: (() => Promise<unknown>)[] = []
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end() })

export async function folder (): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'parley-mailbox-'))
  ends.push(async () => await rm(path, { recursive: true, force: true }))
  return path
}

export interface Node {
  mailbox: Mailbox
  db: Db
  clock: { now: number }
  sync: (person: Person, entries: readonly VerifiedEnvelope[], options?: { room?: typeof keys, tag?: RoomTag }) => Promise<SyncResult & { got: readonly VerifiedEnvelope[] }>
  /** What the rendezvous was told of keys of rooms. */
  settled: [RoomTag, string][]
  keysOf: (...rooms: RoomTag[]) => Promise<Map<RoomTag, string>>
  prove: (person: Person, room: RoomTag) => void
  gossip: (frame: Uint8Array, from: Person, room?: RoomTag) => Promise<string>
  stop: () => Promise<void>
}

export async function startNode (path: string, options: Partial<MailboxOptions> = {}, accounts: ReadonlyMap<Person, string> = new Map()): Promise<Node> {
  const db = await openDatabase(toSqliteUrl(join(path, 'parley.db')))
  const clock = { now: Date.now() }
  let serve: ((stream: FrameStream, device: DeviceKey) => Promise<void>) | null = null
  const settled: [RoomTag, string][] = []
  let roomKeys: Parameters<MailboxRelay['setRoomKeys']>[0] | null = null
  let validate: Parameters<MailboxRelay['setRoomValidator']>[0] | null = null
  const subOf = (device: DeviceKey): string | undefined => {
    for (const person of [alice, bob, carol, ...accounts.keys()]) if (person.device === device) return accounts.get(person) ?? device
    return undefined
  }
  const mailbox = await createMailbox({
    store: createMailboxStore(db),
    now: () => clock.now,
    proofWaitMs: 20,
    ...options,
    relay: {
      publicKey: node.key,
      claimsOf: (device) => {
        const sub = subOf(device)
        return sub === undefined ? null : { sub } as PassportClaims
      },
      isRegistered: () => true,
      handle: (protocol, handler) => {
        if (protocol === SYNC_PROTOCOL) serve = handler
        return Promise.resolve()
      },
      setRoomValidator: (judge) => { validate = judge },
      setRoomKeys: (source) => { roomKeys = source },
      settleRoom: (room, key) => settled.push([room, key])
    }
  })
  const stop = async (): Promise<void> => {
    await mailbox.stop()
    await db.destroy()
  }
  ends.push(stop)
  return {
    mailbox, db, clock, stop, settled,
    keysOf: async (...rooms) => new Map(await roomKeys?.keysOf(rooms)),
    prove: (person, room) => roomKeys?.onProven(person.device, room),
    async sync (person, entries, { room = keys, tag = ROOM } = {}) {
      const pair = createFramePair()
      const replica = createMemoryReplica(tag, entries)
      const served = serve?.(pair.b, person.device).catch((error: unknown) => pair.b.abort(error as Error))
      const access = person.access(room, { decide: (remote) => Buffer.from(remote).equals(node.key) ? true : undefined })
      const result = await runSync(pair.a, { replica, access }, { remoteKey: node.key, register: true })
      await served
      return { ...result, got: replica.appended }
    },
    gossip: async (frame, from, room = ROOM) => await validate?.(room, frame, from.device) ?? 'nobody judges'
  }
}

export const frameOf = (entry: VerifiedEnvelope): Uint8Array<ArrayBuffer> =>
  encodeGossipFrame({ type: 'envelope', envelope: encodeEnvelope(entry), device: entry.device })

export async function ephemeralOf (person: Person, room: RoomTag): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = crypto.getRandomValues(new Uint8Array(60))
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', person.keys.privateKey, ephemeralSignedBytes(room, sealed)))
  return encodeGossipFrame({ type: 'ephemeral', sealed, device: person.device, signature })
}
