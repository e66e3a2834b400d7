/** Somebody in a simulated run: a disk that outlives its processes, and a real session (rooms, log, keys, sync, joining) on it. */
import { signal } from '@preact/signals-core'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import type { AccountParts } from '../../account.ts'
import type { ClientEvents, Message, Room, Timeline } from '../../api.ts'
import { openVault, type StoredVaultKey } from '../../crypto/index.ts'
import { createRootEntropy, ENCRYPTION_KEY_MAX_AGE_MS, loadDevice, type Device } from '../../identity/index.ts'
import type { Platform } from '../../platform.ts'
import type { OpenedRoom } from '../../rooms/index.ts'
import type { Law } from '../../rooms/membership/resolve.ts'
import { openSession, type Session } from '../../session.ts'
import { createEvents } from '../../state/events.ts'
import { databaseOver, type Database, type ProfileRecord, type Store } from '../../store/index.ts'
import { createMemoryDatabase } from '../memory-database.ts'
import type { Network, SimulatedMesh } from './network.ts'

export const NODE_ORIGIN = 'http://node.example'
/** One page holds whatever a run brings. */
const WHOLE = 100_000

export interface Person {
  readonly name: string
  readonly device: DeviceKey
  readonly user: UserKey
  /** Secret: what makes a device this person's. */
  readonly rootEntropy: Uint8Array<ArrayBuffer>
  /** Null while no process runs. */
  readonly session: Session | null
  /** The store of the process that runs. */
  readonly store: Store | null
  opened(tag: RoomTag): OpenedRoom | null
  room(tag: RoomTag): Room | null
  /** The window that has been open since this process knows the room. */
  watch(tag: RoomTag): readonly Message[] | null
  rename(name: string): void
  /** A month has passed for the encryption key of this device. */
  outliveKey(): Promise<void>
  /** Starts a process on what the disk holds. */
  start(): Promise<void>
  /** The process is gone at once. Idempotent. */
  crash(): void
  /** The power fails at the n-th write from now, with or without that write. */
  crashAtWrite(nthWrite: number, moment: 'before' | 'after'): void
  /** Errors that people would have been told of, and that nobody expects in a run. */
  readonly troubles: readonly string[]
  /** Ends the process as closing a window does. */
  stop(): Promise<void>
}

export interface PersonOptions {
  name: string
  network: Network
  /** Local clock minus the node's. */
  clockOffsetMs: number
  /** Another device of the same person. */
  sameAs?: Person
  /** The rules of a build in which one of them is another. */
  law?: Law | undefined
}

const platform = {
  kind: 'headless', deviceLabel: 'Simulated', keychain: null, notify () {}, setBadge () {}, onLink: () => () => {}, onWake: () => () => {}, onOffline: () => () => {},
  claimProfile: () => Promise.resolve(() => {}), persistStorage: () => Promise.resolve(true)
} as unknown as Platform

interface Process { session: Session, device: Device, mesh: SimulatedMesh, store: Store, windows: Map<RoomTag, Timeline> }

export async function createPerson ({ name, network, clockOffsetMs, sameAs, law }: PersonOptions): Promise<Person> {
  const disk = createMemoryDatabase()
  const myName = signal(name)
  const troubles: string[] = []
  const openDisk = (): Database => databaseOver(disk.open())
  const device = await loadDevice(openDisk())
  const rootEntropy = sameAs?.rootEntropy ?? createRootEntropy()
  const profile = {
    nodeOrigin: NODE_ORIGIN, accountId: name, name, passport: '', passportExpiresAt: 0, rootEntropy, jwks: '', issuer: '', relayAddrs: []
  } as ProfileRecord
  let process: Process | null = null
  let user: UserKey | null = null
  let months = 0

  const startProcess = async (): Promise<Process> => {
    const database = openDisk()
    const store = database.withVault(await openVault(await database.loadKey('vault') as StoredVaultKey | null, null, async (key) => await database.saveKey('vault', key)))
    const running = await loadDevice(database)
    const mesh = network.createMesh(device.key)
    const events = createEvents<ClientEvents>()
    events.on('trouble', ({ error }) => troubles.push(error.code))
    // Of the account, which speaks to the node over HTTP, a run needs the shelf for invitations.
    const account = {
      profile: signal(profile), passport: signal('valid'), clockOffsetMs: signal(clockOffsetMs), measureClock: () => Promise.resolve(clockOffsetMs), renew: () => Promise.resolve(),
      // The node takes everyone: links carry no pass.
      givePass: () => Promise.resolve(null),
      invitations: (tag: RoomTag, { publicKey }: { publicKey: Uint8Array }) => network.shelfOf(device.key, tag, publicKey)
    } as unknown as AccountParts
    const parts = {
      account, database, store, device: running, platform, nodeOrigin: NODE_ORIGIN, iceServers: [], events, myName, law,
      buildMesh: () => Promise.resolve(mesh)
    }
    const session = await openSession(parts)
    await session.connect()
    return { session, device: running, mesh, store, windows: new Map() }
  }
  const end = (): void => {
    const ended = process
    process = null
    if (ended === null) return
    ended.mesh.die()
    disk.cutNow()
    // Its timers go with it; what it would still write, nobody does.
    ended.session.stop().catch(() => undefined)
  }

  return {
    name,
    rootEntropy,
    device: device.key,
    get user () {
      if (user === null) throw new Error('nobody knows yet')
      return user
    },
    get session () { return process?.session ?? null },
    get store () { return process?.store ?? null },
    troubles,
    opened: (tag) => process?.session.rooms.get(tag) ?? null,
    room: (tag) => process?.session.rooms.get(tag)?.room ?? null,
    watch (tag) {
      const room = process?.session.rooms.get(tag)?.room
      if (process === null || room === undefined) return null
      const window = process.windows.get(tag) ?? room.messages.openTimeline({ pageSize: WHOLE })
      process.windows.set(tag, window)
      return window.messages.value
    },
    rename: (next) => { myName.value = next },
    outliveKey: async () => await process?.device.encryption.renew(Date.now() + ++months * (ENCRYPTION_KEY_MAX_AGE_MS + 1)),
    async start () {
      if (process !== null) return
      process = await startProcess()
      user = process.session.person.userKey
    },
    crash: end,
    crashAtWrite (nthWrite, moment) { disk.cutPower(nthWrite, moment, end) },
    async stop () {
      await process?.session.stop()
      process = null
    }
  }
}
