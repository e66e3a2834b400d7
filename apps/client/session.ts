/** What runs while somebody is signed in: mesh, rooms, sync and joining, started and stopped together. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { CheckedRun, RunJob } from '#shared/wire/sync/index.ts'
import type { AccountParts } from './account.ts'
import { clocksDiffer, correctedNow } from './clock.ts'
import type { Background } from './background/index.ts'
import type { ClientEvents } from './api.ts'
import { openDeviceLists, type DeviceLists } from './identity/device-lists.ts'
import { describeDevice, personOf, type Device, type Person } from './identity/index.ts'
import { createMesh, type Mesh } from './mesh/index.ts'
import { createAddressed } from './protocols/addressed/index.ts'
import { BRANCHES_FRAME_MAX_BYTES, BRANCHES_PROTOCOL, createBranchesAnswerer } from './protocols/branches/index.ts'
import type { Platform } from './platform.ts'
import { answerJoiner, JOIN_FRAME_MAX_BYTES, JOIN_PROTOCOL } from './protocols/join/index.ts'
import { answerDevice, DEVICE_PROTOCOL } from './protocols/device/index.ts'
import { createKeysAnswerer, KEYS_PROTOCOL } from './protocols/keys/index.ts'
import { createSyncProtocol } from './protocols/sync/index.ts'
import { admitDevice } from './rooms/entry/device-admission.ts'
import { createDeviceJudge } from './rooms/entry/device-judge.ts'
import { startEntering } from './rooms/entry/entering.ts'
import type { CallsParts } from './calls/index.ts'
import { createJoining, openRooms, type Joining, type Rooms } from './rooms/index.ts'
import type { RoomLog } from './rooms/log/room-log.ts'
import type { ShownRecord } from './rooms/membership/operation-codec.ts'
import type { Law } from './rooms/membership/resolve.ts'
import type { EventEmitter } from './state/events.ts'
import { hearCall, openCalls } from './session-calls.ts'
import { createPrivacy, type PrivacyParts } from './privacy.ts'
import { openConfirmedNames } from './self/confirmed-names.ts'
import { createOwnDevices, type OwnDeviceParts } from './self/own-devices.ts'
import { openSelfRecords, type SelfRecords } from './self/self-record.ts'
import { createScope } from './state/scope.ts'
import type { Database, Store } from './store/index.ts'

/** The passport and the age of the encryption key are looked at this often; the passport is renewed when little of its week is left. */
const RENEW_EVERY_MS = 3_600_000

export interface Session {
  readonly person: Person
  readonly mesh: Mesh
  readonly rooms: Rooms
  readonly joining: Joining
  readonly records: SelfRecords
  readonly privacy: PrivacyParts
  readonly lists: DeviceLists
  readonly ownDevices: OwnDeviceParts
  /** Null until they are loaded, and where the host has no media (Node). */
  readonly calls: ReadonlySignal<CallsParts | null>
  /** Goes online. The rooms are open already. */
  connect(): Promise<void>
  stop(): Promise<void>
}

export async function openSession ({ account, database, store, background, device, platform, nodeOrigin, iceServers, events, myName, buildMesh = createMesh, law }: {
  account: AccountParts
  database: Pick<Database, 'loadKey' | 'saveKey'>
  store: Store
  /** Checks long histories; without it this thread does. */
  background?: Background
  device: Device
  platform: Platform
  nodeOrigin: string
  iceServers: RTCIceServer[]
  events: EventEmitter<ClientEvents>
  myName: ReadonlySignal<string>
  /** libp2p by default; another network in tests. */
  buildMesh?: (options: Parameters<typeof createMesh>[0]) => Promise<Mesh>
  /** By which rooms are judged; another one in tests. */
  law?: Law | undefined
}): Promise<Session> {
  const profile = account.profile.peek()
  if (profile === null) throw new Error('a session needs a profile')
  const person = await personOf(profile, device)
  const records = await openSelfRecords(store)
  const lists = await openDeviceLists({
    store, myUser: person.userKey,
    isMet: (user) => [...rooms?.all.peek().values() ?? []].some(({ log }) => log.membership.peek().members.has(user))
  })
  const ownDevices = createOwnDevices({ person, device, records, lists })
  const confirmed = await openConfirmedNames(store)
  const privacy = createPrivacy({
    records,
    rooms: () => rooms?.all.peek() ?? new Map<never, never>(),
    myUser: person.userKey,
    onHidesFrom: () => mesh.reviewLinks()
  })
  const mesh = await buildMesh({
    keyPair: device.signing,
    localKey: device.key,
    relayAddrs: () => account.relayAddrs(),
    passport: () => account.profile.peek()?.passport ?? null,
    verifyPassport: (jwt, of) => account.verify(jwt, of),
    iceServers,
    isHiddenFrom: (other) => privacy.isHiddenFromDevice(other),
    onDenied: () => scope.run(account.check())
  })
  const scope = createScope(() => mesh.drop('session-job-failed'))
  scope.defer(confirmed.watch(mesh.links, () => mesh.drop('names-not-kept')))
  const memberRecord = async (): Promise<ShownRecord> => {
    const list = lists.newestOf(person.userKey)
    return { ...await describeDevice({ ...person, ...ownDevices.certified.peek() }, device, myName.peek()), list: (list?.revoked.length ?? 0) > 0 ? list : null }
  }

  let rooms: Rooms | null = null
  const sync = createSyncProtocol({
    mesh,
    localKey: device.key,
    nodeKey: () => mesh.nodeKey(),
    roomOf (tag) {
      const opened = rooms?.get(tag) ?? null
      if (opened === null) return null
      const { log, access } = opened
      return {
        replica: log,
        access,
        checkRun: background === undefined ? undefined : async (run) => await checkInBackground(background, log, run),
        // Before the first operation nobody is known: the room's tag, which is a hash over its creator, tells whether it is the one.
        accepts: (author: DeviceKey) => log.membership.peek().authors.size === 0 ||
          [...log.membership.peek().authors.values()].some((known) => known.device === author)
      }
    },
    onProgress: (tag, progress) => rooms?.get(tag)?.noteProgress(progress),
    onDone: (remote, tag, { remote: held }) => rooms?.get(tag)?.noteRemote(remote, held)
  })
  const addressed = createAddressed({ mesh, localKey: device.key })
  const calls = signal<CallsParts | null>(null)
  const waiting = signal<ReadonlySet<RoomTag>>(new Set())
  const now = (): number => correctedNow(account.clockOffsetMs.peek())
  const judgeDevice = createDeviceJudge({ lists, now })
  rooms = await openRooms({
    waiting, now, law,
    devices: { lists, judge: judgeDevice, ...ownDevices },
    join: (invite) => joining.join(invite),
    isBlocked: (user) => privacy.blocked.peek().has(user),
    blocked: privacy.blocked,
    block: async (user) => await privacy.setBlocked(user, true),
    confirmed: confirmed.names,
    verified: computed(() => records.record.value.verified.filter(({ isVerified }) => isVerified)),
    invitationsApi: (tag, keys) => account.invitations(tag, keys),
    givePass: async (wish) => await account.givePass(wish),
    store, mesh, addressed, device, nodeOrigin, events, memberRecord,
    myUser: person.userKey,
    myName,
    nodeKey: () => mesh.nodeKey(),
    isSignedOut: computed(() => account.passport.value === 'revoked'),
    sync: async (remote, tag, options) => await sync.sync(remote, tag, options),
    onCallPresence: (tag, from, content) => hearCall(calls.peek(), tag, from, content)
  })
  const opened = rooms
  const joining = createJoining({
    rooms: opened, mesh, device, store, memberRecord, waiting, now,
    measureClock: async () => await account.measureClock(),
    myUser: person.userKey,
    api: (tag, keys) => account.invitations(tag, keys),
    onRefused: (error) => events.emit('trouble', { error }),
    onTrouble: () => mesh.drop('join-trouble')
  })
  mesh.handle(KEYS_PROTOCOL, createKeysAnswerer({ answerOf: async (...asked) => await opened.answerKeys(...asked), signal: scope.signal }))
  mesh.handle(BRANCHES_PROTOCOL, createBranchesAnswerer({ branchesOf: (...asked) => opened.branchesFor(...asked), signal: scope.signal }), {
    maxFrameBytes: BRANCHES_FRAME_MAX_BYTES
  })
  mesh.handle(JOIN_PROTOCOL, async (stream, remote) =>
    await answerJoiner(stream, remote, { admissionOf: (...asked) => opened.admissionOf(...asked), signal: scope.signal }), {
    maxFrameBytes: JOIN_FRAME_MAX_BYTES
  })

  mesh.handle(DEVICE_PROTOCOL, async (stream, remote) => await answerDevice(stream, remote, {
    signal: scope.signal,
    admit: async (tag, member, asker) => {
      const log = opened.get(tag)?.log
      return log === undefined || log.membership.peek().memberOf(device.key) === null ? 'not-found' : await admitDevice(log, member, asker, judgeDevice)
    }
  }))

  const renew = (): void => {
    scope.run(account.renew().finally(() => {
      // A clock that is so wrong is soon corrected, and then nobody should go on reading about it.
      scope.later(clocksDiffer(account.clockOffsetMs.peek()) === null ? RENEW_EVERY_MS : RENEW_EVERY_MS / 60, renew)
    }))
    scope.run(device.encryption.renew(now()))
  }

  return {
    person,
    records,
    privacy,
    lists,
    ownDevices,
    mesh,
    rooms: opened,
    joining,
    calls,
    async connect () {
      await joining.resume()
      await mesh.start()
      startEntering({
        rooms: opened, mesh, device: device.key, myUser: person.userKey, memberRecord, scope,
        onFull: (error) => events.emit('trouble', { error }),
        sync: async (remote, tag, options) => await sync.sync(remote, tag, options)
      })
      if ('mediaDevices' in navigator) {
        scope.run(openCalls({ mesh, self: device.key, myUser: person.userKey, rooms: opened, lists, account, database, store, platform, privacy }).then((loaded) => {
          if (scope.signal.aborted) loaded.stop()
          else calls.value = loaded
        }))
      }
      scope.defer(platform.onOffline(() => mesh.suspect()))
      scope.defer(platform.onWake(() => {
        scope.run(account.renew())
        mesh.wake()
      }))
      renew()
      // A passport that was renewed or carries a new name is shown to everybody who is linked.
      let shown = account.profile.peek()?.passport
      scope.defer(effect(() => {
        const current = account.profile.value?.passport
        if (current === undefined || current === shown) return
        shown = current
        scope.run(mesh.showPassport())
      }))
      scope.defer(effect(() => { platform.setBadge(opened.summaries.value.reduce((sum, room) => sum + room.unread, 0)) }))
    },
    async stop () {
      calls.peek()?.stop()
      calls.value = null
      scope.end()
      joining.stop()
      sync.stop()
      addressed.stop()
      await opened.close()
      await mesh.stop()
    }
  }
}

/** A run is checked by the worker, and its messages opened where their key is known: the log need not do it again. */
async function checkInBackground (background: Background, log: RoomLog, run: RunJob): Promise<CheckedRun> {
  const keys = new Map(run.epochs.flatMap((epochId) => {
    const key = log.keyring.get(epochId)?.messageKey
    return key == null ? [] : [[epochId, key] as const]
  }))
  const { contents, ...checked } = await background.checkRun(run, keys)
  log.noteContents(contents)
  return checked
}
