/** The composition root: profile, database, account and session, in the order they need each other. Nothing clever. */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { AccountId, DeviceKey } from '#shared/ids.ts'
import { parseInvite } from '#shared/invite.ts'
import { cleanLine } from '#shared/names/clean-line.ts'
import { createAccount, type AccountParts } from './account.ts'
import { createBackground, type Background } from './background/index.ts'
import type { AccountState, Client, ClientEvents, ClientOptions, ConnectionState, JoinState } from './api.ts'
import { openVault, type StoredVaultKey } from './crypto/index.ts'
import { loadDevice, personOf, type Device } from './identity/index.ts'
import { createNodeApi, type NodeApi } from './node-api/index.ts'
import type { SelfParts } from './self/index.ts'
import type { openSession, Session } from './session.ts'
import { createEvents } from './state/events.ts'
import { createMutex } from './state/mutex.ts'
import { measureStorage } from './storage-use.ts'
import { openDatabase, type Database, type Store } from './store/index.ts'

/** What is open on this device, from the profile's lock on. */
interface Opened { release: () => void, database: Database, background: Background, store: Store, device: Device, api: NodeApi, account: AccountParts }

const OFFLINE: ConnectionState = { node: 'connecting', direct: 0, relayed: 0, retryAt: null, ignored: [], clockOffsetMs: null, storage: 'ok', mismatch: null }

export function createClient ({ platform, nodeOrigin, databaseName = 'parley', iceServers = [] }: ClientOptions): Client {
  const events = createEvents<ClientEvents>()
  const opened = signal<Opened | null>(null)
  const session = signal<Session | null>(null)
  const self = signal<SelfParts | null>(null)
  const account = signal<AccountState>({ status: 'starting' })
  const locked = createMutex()

  const block = (error: unknown): void => {
    const known = error instanceof ParleyError ? error : new ParleyError('unsupported', { cause: error })
    account.value = {
      status: 'blocked',
      error: known,
      takeOver: known.code === 'other-window' ? async () => await locked(async () => await open(true)) : null
    }
  }

  /** Takes the profile, opens what is stored and goes on where it was left. */
  const open = async (steal: boolean): Promise<void> => {
    try {
      await requireCapabilities()
      const release = await platform.claimProfile(databaseName, { steal, onLost: onProfileLost })
      if (release === null) throw new ParleyError('other-window')
      const database = await openDatabase(databaseName)
      const device = await loadDevice(database)
      const stored = await database.loadKey('vault') as StoredVaultKey | null
      // Whoever was here before is most likely signed in.
      if (stored !== null) fetchSession()
      const vault = await openVault(stored, platform.keychain, async (key) => await database.saveKey('vault', key))
      const background = createBackground(platform.spawnWorker, databaseName)
      const store = background.storing(database.withVault(vault))
      const api = createNodeApi({ origin: nodeOrigin, deviceKey: device.signing })
      const parts = createAccount({ api, store, device, platform, nodeOrigin })
      await parts.load()
      opened.value = { release, database, background, store, device, api, account: parts }
      await goOn()
    } catch (error) {
      block(error)
    }
  }

  /** The state that follows from the profile: signed out, without a name, or in. */
  const goOn = async (): Promise<void> => {
    const current = opened.peek()
    const profile = current?.account.profile.peek()
    if (current == null) return
    if (profile == null) {
      account.value = { status: 'signed-out' }
      return
    }
    if (profile.name === null) {
      const suggestedName = await current.account.suggestName().catch(() => '')
      // Without a passport no name can be chosen: signing in again keeps what is here.
      const { value: passport } = current.account.passport
      account.value = passport === 'revoked' || passport === 'refused' ? { status: 'signed-out' } : { status: 'needs-name', suggestedName }
      return
    }
    if (session.peek() === null) {
      const running = await (await loadSession()).openSession({ ...current, platform, nodeOrigin, iceServers, events, myName: nameOf(current.account) })
      session.value = running
      account.value = await describe(current)
      await running.connect()
      openSelf(current, running)
      await platform.persistStorage().catch(() => false)
    } else {
      account.value = await describe(current)
      // Signed in again: the node takes the connection that it refused.
      session.peek()?.mesh.wake()
    }
  }

  /** What belongs to the person is a part of its own, which nobody waits for on the first page. */
  const openSelf = (current: Opened, running: Session): void => {
    const create = async (): Promise<void> => {
      const { createSelf } = await import('./self/index.ts')
      const created = await createSelf({ ...current, session: running, nodeOrigin, events, restart })
      if (session.peek() === running) self.value = created
      else created.stop()
    }
    create().catch((cause: unknown) => {
      // Rooms work without it: a part that could not be loaded is no reason to lock anybody out.
      if (session.peek() === running) events.emit('trouble', { error: cause instanceof ParleyError ? cause : new ParleyError('unexpected', { cause }) })
    })
  }

  const closeSession = async (): Promise<void> => {
    const running = session.peek()
    self.peek()?.stop()
    self.value = null
    session.value = null
    await running?.stop()
  }

  /** The same profile as another person: everything that runs begins anew. */
  const restart = async (): Promise<void> => await locked(async () => {
    await closeSession()
    await goOn()
  })

  const describe = async ({ account: parts, device }: Opened): Promise<AccountState> => {
    const profile = parts.profile.peek()
    if (profile === null) return { status: 'signed-out' }
    const { userKey } = await personOf(profile, device)
    return {
      status: 'signed-in',
      account: { accountId: profile.accountId as AccountId, userKey, deviceKey: device.key, name: profile.name ?? '' },
      passport: parts.passport.peek()
    }
  }

  const close = async (): Promise<void> => {
    const current = opened.peek()
    await closeSession()
    opened.value = null
    current?.background.stop()
    current?.database.close()
    current?.release()
  }

  function onProfileLost (): void {
    locked(close).then(() => block(new ParleyError('other-window')), block)
  }

  /** What is open; after a sign-out, when nothing is left on this device, it is made anew by the first step of signing in. */
  const need = async (): Promise<Opened> => {
    if (opened.peek() === null && account.peek().status === 'signed-out') await locked(async () => await open(false))
    const current = opened.peek()
    const state = account.peek()
    if (current === null) throw state.status === 'blocked' ? state.error : new ParleyError('storage-denied')
    return current
  }

  return {
    account: computed(() => {
      const state = account.value
      const passport = opened.value?.account.passport.value
      return state.status === 'signed-in' && passport !== undefined ? { ...state, passport } : state
    }),
    connection: computed(() => {
      const mesh = session.value?.mesh
      if (mesh === undefined) return OFFLINE
      const direct = [...mesh.links.value.values()].filter((link) => link.path === 'direct').length
      return {
        node: mesh.node.value,
        direct,
        relayed: mesh.reachable.value.size - direct,
        retryAt: mesh.retryAt.value,
        ignored: [...mesh.budgets.ignored.value].map(([device, until]) => ({ name: nameOfDevice(session.value, device), until })),
        clockOffsetMs: opened.value?.account.clockOffsetMs.value ?? null,
        storage: opened.value?.account.storage.value ?? 'ok',
        mismatch: opened.value?.account.mismatch.value ?? mesh.mismatch.value
      }
    }),
    rooms: computed(() => session.value?.rooms.summaries.value ?? null),
    calls: computed(() => session.value?.calls.value ?? null),
    events,
    signIn: {
      async requestCode (email) {
        fetchSession()
        return await (await need()).account.requestCode(email)
      },
      registration: async () => await opened.peek()?.account.registration().catch(() => null) ?? null,
      async verifyCode (email, code, link) {
        await (await need()).account.verifyCode(email, code, link)
        await locked(goOn)
      },
      suggestName: async () => await (await need()).account.suggestName(),
      async chooseName (name) {
        await (await need()).account.chooseName(name)
        await locked(goOn)
      }
    },
    start: async () => await locked(async () => await open(false)),
    stop: async () => await locked(close),
    async createRoom ({ name }) {
      const running = session.peek()
      if (running === null) throw new ParleyError('passport-invalid')
      return await running.rooms.create(name)
    },
    readInvite (link) {
      const { roomTag, nodeOrigin: origin, pass, ...names } = parseInvite(link)
      const [roomName, inviterName] = [cleanLine(names.roomName), cleanLine(names.inviterName)]
      if (origin !== nodeOrigin) throw new ParleyError('invite-other-node', { details: { origin } })
      return { roomTag, roomName, inviterName, nodeOrigin: origin, isMember: isMember(session.peek(), opened.peek(), roomTag), hasPass: pass !== undefined }
    },
    join (link) {
      const running = session.peek()
      try {
        const invite = parseInvite(link)
        if (invite.nodeOrigin !== nodeOrigin) throw new ParleyError('invite-other-node', { details: { origin: invite.nodeOrigin } })
        if (running === null) throw new ParleyError('passport-invalid')
        return running.joining.join(invite)
      } catch (error) {
        return failedAttempt(error)
      }
    },
    self,
    privacy: computed(() => session.value?.privacy ?? null),
    openDirect: computed(() => {
      const running = session.value
      return running === null ? null : async (user) => await running.rooms.openDirect(user)
    }),
    requests: computed(() => session.value?.rooms.requests.value ?? []),
    storageUse: async () => await measureStorage((await need()).store, session.peek()?.rooms ?? null),
    room: (tag) => session.value?.rooms.shown(tag)?.room ?? null,
    signOut: async () => await locked(async () => {
      const current = opened.peek()
      if (current === null) return
      await current.account.revoke()
      await session.peek()?.calls.peek()?.eraseRecordings()
      await closeSession()
      opened.value = null
      current.background.stop()
      await current.database.erase()
      current.release()
      account.value = { status: 'signed-out' }
      platform.setBadge(0)
    })
  }
}

/** Mesh, rooms and sync are more than half of the client: a part of its own, which the question who one is does not wait for. */
async function loadSession (): Promise<{ openSession: typeof openSession }> {
  try {
    return await import('./session.ts')
  } catch (cause) {
    throw new ParleyError('node-unreachable', { cause })
  }
}

/** Ahead of its need; whoever needs it asks again. */
const fetchSession = (): void => { loadSession().catch(() => {}) }

/** What a device's person is called in the rooms of this device. */
function nameOfDevice (session: Session | null, device: DeviceKey): string | null {
  for (const { log } of session?.rooms.all.value.values() ?? []) {
    const member = log.membership.value.memberOf(device)
    if (member !== null) return member.name
  }
  return null
}

const nameOf = (parts: AccountParts): ReadonlySignal<string> => computed(() => parts.profile.value?.name ?? '')

function isMember (session: Session | null, opened: Opened | null, tag: Parameters<Client['room']>[0]): boolean {
  const log = session?.rooms.get(tag)?.log
  return log !== undefined && opened !== null && log.membership.peek().memberOf(opened.device.key) !== null
}

function failedAttempt (error: unknown): ReturnType<Client['join']> {
  const known = error instanceof ParleyError ? error : new ParleyError('invite-malformed', { cause: error })
  return { state: signal<JoinState>({ status: 'failed', error: known }), cancel () {} }
}

/** Ed25519 and X25519 in WebCrypto are in every browser since 2025; an older one gets a sentence instead of a stack. */
async function requireCapabilities (): Promise<void> {
  try {
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    await crypto.subtle.generateKey('X25519', false, ['deriveBits'])
  } catch (cause) {
    throw new ParleyError('unsupported', { cause })
  }
}
