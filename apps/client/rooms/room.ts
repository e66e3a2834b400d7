/** One room: log, exchange, delivery and members put together as what the UI sees. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, DevTag, EnvelopeId, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import { cleanLine } from '#shared/names/clean-line.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import type { Access } from '#shared/wire/sync/index.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import type { ClientEvents, Room, RoomSummary } from '../api.ts'
import type { Epoch } from '../crypto/index.ts'
import type { Device } from '../identity/index.ts'
import type { Mesh, Remote } from '../mesh/types.ts'
import type { InvitationsApi, MailboxKeys } from '../node-api/index.ts'
import type { Addressed } from '../protocols/addressed/index.ts'
import type { CallPresence, SentPresence } from '../protocols/presence/index.ts'
import type { EventEmitter } from '../state/events.ts'
import { dependOn } from '../state/depend-on.ts'
import { createMutex } from '../state/mutex.ts'
import { createScope } from '../state/scope.ts'
import type { RoomRecord, Store } from '../store/index.ts'
import { tellsAuthors, tellsReads } from './live/acknowledgement-policy.ts'
import { createAcknowledgements } from './live/acknowledgements.ts'
import { createAdmitting, type Admitting } from './entry/admitting.ts'
import { createAgreements } from './live/agreements.ts'
import { createComparedVectors } from './live/compared.ts'
import { encodeText } from './messages/content.ts'
import { createContinuing } from './continuing.ts'
import { otherOf } from './other-of.ts'
import { createDeliveryTracker } from './messages/delivery.ts'
import { describeDisagreements } from './live/describe-disagreements.ts'
import { createDraft } from './messages/draft.ts'
import { createExchange } from './live/exchange.ts'
import { handle, type EphemeralHandlers } from './live/handle.ts'
import { createHandingOver, keepHandingOver } from './people/handing-over.ts'
import { createHolderCounts } from './messages/holder-counts.ts'
import { createInvitations, type Invitations } from './entry/invitations.ts'
import { startBranchExchange } from './log/branches/branch-exchange.ts'
import { startKeyRequests } from './log/epochs/key-requests.ts'
import { describeMembers } from './people/members.ts'
import { isToEnter, memberOf } from './membership/resolve.ts'
import { createMessageActions, sendsReadMarks } from './messages/message-actions.ts'
import { createBans, createModeration } from './people/moderation.ts'
import { createNaming, titleOf, type KnownNames, type Naming } from './people/naming.ts'
import { openNews } from './messages/news.ts'
import { createParties, type PartyHooks } from './parties.ts'
import { createPresenceBatch } from './live/presence-batch.ts'
import { createReadMarks, isReadBy, type ReadPosition } from './messages/read-marks.ts'
import { createRequests } from './entry/requests.ts'
import { firstEpochOf, roomAccess } from './live/room-access.ts'
import type { RoomLog } from './log/room-log.ts'
import { createShelf } from './entry/shelf.ts'
import { keepDevices, type RoomDevices } from './people/revocations.ts'
import { keepNameTold } from './people/tell-name.ts'
import { openTimeline } from './messages/timeline.ts'
import { createTyping } from './live/typing.ts'
import { createUpkeep } from './upkeep.ts'

/** Declined requests that are remembered per room: whoever asks again by the same link is told at once. */
const DECLINED_MAX = 200

/** A room as the composition root handles it: more than people see. */
export interface OpenedRoom {
  readonly room: Room
  readonly log: RoomLog
  readonly naming: ReadonlySignal<Naming>
  readonly access: Access
  /** The room's access key: what mailbox and rendezvous know the room by. */
  readonly keys: RoomKeys
  readonly admitting: Admitting
  /** Who has offered this room as a direct one; null where it came another way. */
  readonly offeredBy: UserKey | null
  readonly invitations: Pick<Invitations, 'create'>
  /** What a finished sync session has told about the other side. */
  noteRemote(remote: Remote, held: ReadonlyMap<DevTag, readonly LogRange[]>): void
  noteProgress(progress: { received: number, total: number } | null): void
  /** Says something small to whoever is there, that nobody stores. */
  sendPresence(content: SentPresence): void
  /** Begins to exchange with others; once the room is listed, so that they find it. */
  start(): void
  /** Resolves when everything is stored. */
  close(): Promise<void>
}

export interface RoomContext {
  store: Store
  mesh: Mesh
  device: Device
  myUser: UserKey
  myName: ReadonlySignal<string>
  names: KnownNames
  nodeOrigin: string
  /** Unix ms by the node's clock as far as it is known: links expire by it. */
  now: () => number
  /** Raw public key of the node; null until the node was reached once. */
  nodeKey: () => Uint8Array | null
  events: EventEmitter<ClientEvents>
  sync: (remote: Remote, tag: RoomTag, options: { signal: AbortSignal }) => Promise<unknown>
  addressed: Addressed
  isBlocked: (user: UserKey) => boolean
  devices: RoomDevices
  /** Presence that is about calls. */
  onCallPresence: (tag: RoomTag, from: DeviceKey, content: CallPresence) => void
  /** The shelf for invitations at the node; null without a passport. */
  invitationsApi: (tag: RoomTag, keys: MailboxKeys) => InvitationsApi | null
  /** A pass for a link to be made; null where newcomers need none. */
  givePass: (wish: { expiresAt: number, maxUses: number | null }) => Promise<Uint8Array<ArrayBuffer> | null>
  /** The node has signed this device out: it is out of its rooms, also of those that could not tell it any more. */
  isSignedOut: ReadonlySignal<boolean>
  /** Rooms that this device reads and waits to be let into. */
  waiting: ReadonlySignal<ReadonlySet<RoomTag>>
  /** Whether somebody may come in by this invitation of a party room, as far as its parent says. */
  mayEnter: (log: RoomLog, user: UserKey, inviteId: InviteId) => Promise<boolean>
  parties: PartyHooks
  /** Another direct room with the same person is the one to write in. Reactive. */
  isSuperseded: (tag: RoomTag) => boolean
  /** Closes a room and erases it from this device. */
  forget: (tag: RoomTag) => Promise<void>
}

export async function openRoom (log: RoomLog, initial: RoomRecord, context: RoomContext): Promise<OpenedRoom> {
  const { store, mesh, device, myUser, events } = context
  const tag = log.roomTag
  const onTrouble = (error: unknown): void => {
    if (error instanceof ParleyError) events.emit('trouble', { error })
    else mesh.drop('room-trouble')
  }
  const scope = createScope(onTrouble)
  const record = signal(initial)
  const saving = createMutex()
  const saveRecord = async (change: Partial<RoomRecord>): Promise<void> => {
    record.value = { ...record.peek(), ...change }
    await saving(async () => await store.saveRoom(record.peek()))
  }

  const naming = createNaming({ membership: log.membership, myUser, ...context.names })
  const readMarks = createReadMarks({
    log, store, scope, device: device.key, isTold: () => sendsReadMarks(record.peek()), send: (read) => acknowledgements.tellRead(read)
  })
  await readMarks.load()
  const holderCounts = createHolderCounts({ log, scope, countHolders: async (position) => await context.addressed.countHolders(tag, position) })
  const tracker = createDeliveryTracker({ log, store, scope, myUser, marks: readMarks.marks, counted: (seq) => holderCounts.of(seq) })
  await tracker.load()
  const isMine = (devTag: DevTag): boolean => devTag === log.devTag || log.membership.peek().authors.get(devTag)?.user === myUser
  const compared = createComparedVectors({ log, tracker, isMine })
  const entriesVersion = signal(0)
  const isSmall = (): boolean => tellsAuthors(log.membership.peek())
  const typing = createTyping({
    log, naming, scope,
    hasListeners: () => isSmall() ? exchange.present.peek().size > 0 : directMembers().length > 0,
    send (until) {
      if (isSmall()) exchange.sendPresence({ type: 'typing', until })
      else exchange.sendTo(directMembers(), { type: 'typing', until })
    }
  })
  const directMembers = (): DeviceKey[] => [...mesh.links.peek().values()]
    .flatMap((link) => link.path === 'direct' && memberOf(log.membership.peek(), link.device) !== null ? [link.device] : [])
  const syncing = signal<{ received: number, total: number } | null>(null)
  const first = (): Epoch => firstEpochOf(log, record.peek())
  const { access, keys } = await roomAccess(log, first, context)
  const batch = createPresenceBatch(scope, (from, content) => handle(handlers, from, content))
  scope.defer(log.events.on('appended', ({ envelopes }) => { for (const { device: author } of envelopes) batch.hasSpoken(author) }))
  const exchange = createExchange({
    log, keys, mesh, device, scope,
    addressed: context.addressed,
    sync: context.sync,
    holdsUpTo: (key, seq) => tracker.holds(key, seq),
    onPresence: batch.take,
    onSeen: (seen) => tracker.seen(seen)
  })
  const acknowledgements = createAcknowledgements({
    log, scope,
    device: device.key,
    ownRead: () => readMarks.own(),
    isBlocked: context.isBlocked,
    isReachable: (key) => exchange.present.peek().has(key) || mesh.links.peek().get(key)?.path === 'direct',
    sendTo: (devices, content) => exchange.sendTo(devices, content),
    tellHeld: (logs) => context.addressed.tellHeld(tag, logs)
  })
  const agreements = createAgreements({
    log, scope,
    device: device.key,
    reachable: () => [...new Set([...exchange.present.peek(), ...directMembers()])],
    sendTo: (devices, content) => exchange.sendTo(devices, content),
    repeatExchange: async (remote) => await context.sync(remote, tag, { signal: scope.signal }),
    record, saveRecord
  })

  const onCallPresence = (from: DeviceKey, content: CallPresence): void => context.onCallPresence(tag, from, content)
  const handlers: EphemeralHandlers = {
    typing: (from, { until }) => typing.take(from, until),
    receipt: (from, { held }) => compared.applyReceipt(from, held),
    read: (from, { read }) => takeRead(from, read),
    'receipt-and-read': (from, { held, read }) => {
      compared.applyReceipt(from, held)
      takeRead(from, read)
    },
    ask: (from) => acknowledgements.asked(from),
    agreement: (from, content) => agreements.hear(from, content),
    call: onCallPresence, ring: onCallPresence, order: onCallPresence, voice: onCallPresence
  }

  function takeRead (from: DeviceKey, read: readonly ReadPosition[]): void {
    readMarks.take(from, read)
    if (memberOf(log.membership.peek(), from)?.user === myUser) scope.run(store.entries.markRead(tag, isReadBy(read)).then(async () => await news.refresh()))
  }

  const me = computed(() => context.isSignedOut.value ? null : memberOf(log.membership.value, device.key))
  const isMember = computed(() => me.value !== null)
  const members = computed(() => {
    dependOn(entriesVersion)
    return describeMembers({
      membership: log.membership.value,
      naming: naming.value,
      links: mesh.links.value,
      present: exchange.present.value,
      lastSeen: tracker.lastSeen.value,
      vectors: compared.vectors.value,
      mine: compared.heldHere(),
      copied: log.copied.value,
      disagreeing: agreements.disagreements.value,
      laws: agreements.laws.value,
      myDevice: device.key
    })
  })

  const news = await openNews({ log, naming, store, scope, events, roomName: () => summary.peek().name })
  scope.defer(log.events.on('appended', () => { entriesVersion.value++ }))
  // The list of rooms shows a name before any log is read: keep it as last resolved.
  scope.defer(effect(() => {
    const { name, epochs } = log.membership.value
    if (name !== null && name !== record.peek().name) scope.run(saveRecord({ name }))
    // By this key the members are asked for the history, should it ever be lost here.
    const firstEpochId = epochs.find(({ rotation }) => rotation === null)?.epochId ?? null
    if (firstEpochId !== null && firstEpochId !== record.peek().firstEpochId) scope.run(saveRecord({ firstEpochId }))
  }))
  keepNameTold({
    log, scope, me,
    myName: context.myName,
    toldName: () => record.peek().toldName,
    saveToldName: async (toldName) => await saveRecord({ toldName })
  })

  const { actions, standing, mayWrite, maySend, mayDelete } = createModeration({ log, scope, device: device.key, myUser, now: context.now, isSignedOut: context.isSignedOut })
  const summary = computed<RoomSummary>(() => ({
    tag,
    ...titleOf(log.membership.value, naming.value, myUser, record.value.name),
    unread: news.unread.value,
    lastActivityAt: news.newest.value?.at ?? record.value.createdAt,
    lastMessage: news.newest.value,
    online: members.value.filter((member) => !member.isMe && member.presence === 'online').length,
    isMember: me.value !== null,
    // An accepted conversation of which nothing has come yet.
    kind: isAwaited() ? 'direct' : log.membership.value.kind,
    topic: cleanLine(log.membership.value.topic),
    parent: log.membership.value.parent,
    peer: isAwaited() ? initial.offeredBy ?? null : otherOf(log.membership.value, myUser),
    role: me.value?.role ?? null,
    standing: me.value !== null ? 'member' : isAwaited() || isWaiting() ? 'waiting' : standing.value
  }))
  const isAwaited = (): boolean => initial.offeredBy !== undefined && log.membership.value.name === null
  const isWaiting = (): boolean =>
    standing.value !== 'banned' && (context.waiting.value.has(tag) || isToEnter(log.membership.value, myUser, device.key))

  const admitting: Admitting = createAdmitting({
    log, keys, myUser,
    device: device.key,
    now: context.now,
    judgeDevice: context.devices.judge,
    mayEnter: async (user, inviteId) => await context.mayEnter(log, user, inviteId),
    hasDeclined: ({ inviteId, device: of }) => (record.peek().declined ?? []).some((known) => known.inviteId === inviteId && known.device === of),
    onPending: (applicant) => requests.note(applicant)
  })
  const requests = createRequests({
    log, keys, naming, myUser, first,
    now: context.now,
    shelf: () => shelf,
    admitting: () => admitting,
    decline: async (of, inviteId) => await saveRecord({ declined: [...record.peek().declined ?? [], { inviteId, device: of }].slice(-DECLINED_MAX) })
  })
  const shelf = createShelf({
    scope, onTrouble,
    api: () => context.invitationsApi(tag, keys),
    isReachable: () => mesh.node.peek() === 'online',
    now: context.now,
    jobs: () => record.peek().shelfJobs ?? [],
    saveJobs: async (shelfJobs) => await saveRecord({ shelfJobs }),
    wantsRequests: () => log.membership.peek().rightsOf(myUser).canAdmit && [...log.membership.peek().invites.values()].some((invite) => !invite.isRevoked),
    onRequest: async (request) => await requests.take(request)
  })
  const invitations = await createInvitations({
    log, keys, shelf, myUser, first,
    nodeOrigin: context.nodeOrigin,
    now: context.now,
    names: () => ({ room: summary.peek().name, me: me.peek()?.name ?? '' }),
    secrets: computed(() => record.value.inviteSecrets),
    passes: computed(() => record.value.invitePasses ?? {}),
    keepSecret: async (id, secret, pass) => await saveRecord({
      inviteSecrets: { ...record.peek().inviteSecrets, [id]: secret },
      ...(pass === null ? {} : { invitePasses: { ...record.peek().invitePasses, [id]: pass } })
    }),
    givePass: context.givePass
  })

  const upkeep = createUpkeep({
    log, device, myUser, scope,
    certified: context.devices.certified,
    now: context.now,
    api: () => context.invitationsApi(tag, keys),
    isReachable: computed(() => mesh.node.value === 'online'),
    isConnected: computed(() => mesh.node.value === 'online' || mesh.links.value.size > 0),
    jobs: () => record.peek().eraseJobs ?? [],
    saveJobs: async (eraseJobs) => await saveRecord({ eraseJobs }),
    compare: () => exchange.compare()
  })
  // A device that comes into reach, or by another path, may have missed what was told meanwhile.
  let inReach: ReadonlySet<string> = new Set()
  scope.defer(effect(() => {
    const devices = [...new Set([...exchange.present.value, ...mesh.links.value.keys()])].filter((key) => memberOf(log.membership.value, key) !== null)
    const paths = devices.map((key) => ({ key, path: `${key} ${mesh.links.value.get(key)?.path === 'direct' ? 'direct' : 'by the node'}` }))
    for (const { key, path } of paths) if (!inReach.has(path)) acknowledgements.arrived(key)
    inReach = new Set(paths.map(({ path }) => path))
  }))

  const { flush: flushDraft, ...draft } = createDraft({ record, scope, save: async () => await saveRecord({}) })
  const room: Room = {
    ...actions,
    bans: createBans(log, naming, myUser),
    ...describeDisagreements({ disagreements: agreements.disagreements, naming, myUser, record, saveRecord }),
    ...createHandingOver({ log, naming, myUser, isMember }),
    ...createContinuing({
      ...context, log, naming, isMember, hooks: context.parties,
      hidden: () => record.value.hiddenContinuations ?? [],
      hide: async (hidden) => await saveRecord({ hiddenContinuations: [...record.peek().hiddenContinuations ?? [], hidden] })
    }),
    invite: invitations.invite, invites: invitations.invites, revokeInvite: invitations.revokeInvite,
    requests: requests.requests,
    ...createParties({ log, myUser, hooks: context.parties }),
    ...createMessageActions({
      log, naming, store, scope, myUser, mayWrite, mayDelete, delivery: tracker.delivery, record, saveRecord, upkeep,
      onLook (seq) {
        acknowledgements.ask()
        holderCounts.ask(seq)
      },
      isMember,
      forget: async () => await context.forget(tag)
    }),
    tag, summary, members, syncing,
    keptAtNode: tracker.keptAtNode,
    acknowledgements: computed(() => ({ perPerson: tellsAuthors(log.membership.value), tellsReads: tellsReads(log.membership.value) })),
    typing: typing.typing,
    setTyping: typing.setTyping,
    ...draft,
    send: computed(() => maySend.value && !context.isSuperseded(tag) ? send : null),
    openTimeline: (options) => openTimeline({ log, naming, store, delivery: tracker.delivery, myUser, mayWrite, mayDelete, onTrouble, ...options }),
    async markRead () {
      await store.entries.markRead(tag)
      await news.refresh()
      await readMarks.tell()
    },
  }

  async function send (text: string): Promise<EnvelopeId> {
    const { id } = await log.writeMessage(encodeText(text))
    typing.sent()
    return id
  }

  return {
    room, log, naming, access, keys, admitting, invitations,
    offeredBy: initial.offeredBy ?? null,
    noteRemote (remote, held) {
      // Now at the latest the node knows the room.
      if (remote === 'node') {
        shelf.visit()
        upkeep.visit()
      }
      compared.applySync(remote, held)
    },
    noteProgress: (progress) => { syncing.value = progress },
    sendPresence: (content) => exchange.sendPresence(content),
    start () {
      exchange.start()
      startKeyRequests({ log, store, mesh, present: exchange.present, device, scope })
      keepHandingOver({ log, myUser, isMember, scope })
      startBranchExchange({ log, mesh, present: exchange.present, scope })
      agreements.start()
      keepDevices({ log, scope, device: device.key, myUser, ...context.devices })
      scope.defer(effect(() => { if (mesh.node.value === 'online') shelf.visit(true) }))
      upkeep.start()
    },
    async close () {
      await Promise.allSettled([readMarks.flush(), tracker.flush(), flushDraft()])
      scope.end()
    }
  }
}
